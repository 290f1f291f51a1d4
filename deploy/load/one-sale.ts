import { randomUUID } from 'node:crypto';
import type { ApiClient } from '../local/client/api-client.ts';
import { reservationShape } from '../local/client/shapes.ts';
import { prepareSale, type Sale } from '../local/demo/prepare-sale.ts';
import type { StackDescription } from '../local/stack-description.ts';
import type { LoadAnswer, LoadRequest, Task } from './closed-loop.ts';
import { createPeople, fillWallets, letIn, type Person } from './crowd.ts';

/** A person in the shop with enough points, and the free seat that this person is going to buy. */
export interface Buying {
  headers: Readonly<Record<string, string>>;
  performanceId: string;
  seatId: string;
}

export interface PreparedSales {
  concertIds: string[];
  buyings: Buying[];
}

/** Puts a concert on sale and lets as many people into its shop as it has seats, each with the price of one in the wallet. */
export async function prepareSales(stack: StackDescription, api: ApiClient, count: number, signal: AbortSignal): Promise<PreparedSales> {
  const sale = await prepareSale(api, stack, { seats: count, capacity: count });
  const people = await createPeople(stack, api, count);
  await fillWallets(people, sale.price, signal);
  return { concertIds: [sale.concertId], buyings: await chooseSeats(people, sale) };
}

/** Lets people into the shop of a concert that has a seat for each of them. */
export async function chooseSeats(people: readonly Person[], { concertId, performanceId }: Sale): Promise<Buying[]> {
  const visitors = await letIn(people, concertId);
  const [first] = visitors;
  const { seats } = first ? await first.buyer.seatMap(performanceId, first.pass) : { seats: [] };
  return visitors.map(({ headers }, index) => ({ headers, performanceId, seatId: seats[index]?.id ?? '' }));
}

/** What a person sends to hold a seat. */
export function holdRequest({ headers, performanceId, seatId }: Buying): LoadRequest {
  const body = JSON.stringify({ performanceId, seatIds: [seatId] });
  return { method: 'POST', path: '/api/v1/reservations', headers: { ...headers, 'idempotency-key': randomUUID() }, body };
}

/** What a person sends to pay for the seat that was held. @param held the answer to the hold */
export function payRequest({ headers }: Buying, held: LoadAnswer): LoadRequest {
  const body = JSON.stringify({ reservationId: reservationShape.parse(JSON.parse(held.text())).id });
  return { method: 'POST', path: '/api/v1/payments', headers: { ...headers, 'idempotency-key': randomUUID() }, body };
}

/** Holds a seat and pays for it. The task is unexpected when one of the answers is no 201. */
export function buySeat(buying: Buying): Task {
  return async (send) => {
    const held = await send(holdRequest(buying));
    if (held.status !== 201) return `hold ${held.status}`;
    const paid = await send(payRequest(buying, held));
    return paid.status === 201 ? undefined : `pay ${paid.status}`;
  };
}
