import { create } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@ticketing/common/database';
import {
  GetOrderRequestSchema,
  ListAttendeesRequestSchema,
  ListOrdersRequestSchema,
} from '@ticketing/contracts/gen/ticketing/reservation/v1/orders_pb';
import { ReservationStatus, TicketStatus } from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import type { Context } from '../context.ts';
import { askForSeats, createTestContext, openSale } from '../testing/test-sale.ts';
import { accept, buy, linkFor, release } from '../testing/test-tickets.ts';
import { getOrder } from './get-order.ts';
import { listAttendees } from './list-attendees.ts';
import { listOrders } from './list-orders.ts';

let ctx: Context;
beforeAll(async () => {
  ctx = await createTestContext();
});
afterAll(() => ctx.stop());

interface Wanted {
  concertId?: string;
  userId?: string;
  seatId?: string;
  limit?: number;
  cursor?: string;
}

async function list(wanted: Wanted) {
  const { result } = await listOrders(ctx, create(ListOrdersRequestSchema, wanted));
  if (result?.case !== 'page') return { ids: [], next: '', code: result?.value?.code };
  return { ids: (result.value.items ?? []).map(({ reservation }) => reservation?.id), next: result.value.nextCursor ?? '' };
}

async function orderOf(orderId: string) {
  const { result } = await getOrder(ctx, create(GetOrderRequestSchema, { orderId }));
  if (result?.case !== 'order') return { code: result?.value?.code, tickets: [] };
  const { reservation, tickets = [] } = result.value;
  return { reservation, tickets };
}

describe('orders', () => {
  it('are found by concert, buyer and both, newest first and page by page', async () => {
    const [one, other] = [await openSale(ctx, 6), await openSale(ctx, 4)];
    const userId = newId();
    const first = await buy(ctx, one, 1, userId);
    const second = await buy(ctx, one);
    const third = await askForSeats(ctx, one, { userId, quantity: 1 });
    if (typeof third === 'string') throw new Error(third);
    const elsewhere = await buy(ctx, other, 1, userId);
    const { concertId } = one;
    const page = await list({ concertId, limit: 2 });
    const rest = await list({ concertId, limit: 2, cursor: page.next });
    expect([page.ids, rest.ids, rest.next]).toEqual([[third.id, second.reservationId], [first.reservationId], '']);
    expect((await list({ userId })).ids).toEqual([elsewhere.reservationId, third.id, first.reservationId]);
    expect((await list({ userId, concertId })).ids).toEqual([third.id, first.reservationId]);
    expect([(await list({ concertId: newId() })).ids, (await list({ concertId, cursor: 'x' })).code]).toEqual([[], 'invalid-cursor']);
    expect((await list({})).ids.length).toBeGreaterThan(3);
  });

  it('are found by the seat that they have now', async () => {
    const performance = await openSale(ctx, 1);
    const [seatId = ''] = performance.seats.keys();
    const given = await buy(ctx, performance);
    expect((await list({ seatId })).ids).toEqual([given.reservationId]);
    await release(ctx, given);
    expect((await list({ seatId })).ids).toEqual([]);
    const again = await buy(ctx, performance);
    expect([(await list({ seatId })).ids, (await list({ seatId, concertId: newId() })).ids]).toEqual([[again.reservationId], []]);
  });

  it('tell whose each of their tickets is, and which are void', async () => {
    const { reservationId, paymentId, userId, ticketIds } = await buy(ctx, await openSale(ctx, 2), 2);
    const taker = newId();
    const taken = await accept(ctx, (await linkFor(ctx, ticketIds[0] ?? '', userId)).token, taker);
    const order = await orderOf(reservationId);
    expect(order).toMatchObject({
      reservation: { id: reservationId, userId, paymentId, status: ReservationStatus.CONFIRMED, amount: 100_000n },
    });
    const tickets = new Map(order.tickets.map((ticket) => [ticket.id, ticket]));
    expect(tickets.size).toBe(3);
    expect([tickets.get(ticketIds[0]), tickets.get(ticketIds[1]), tickets.get(taken)]).toMatchObject([
      { userId, status: TicketStatus.VOID },
      { userId, status: TicketStatus.VALID },
      { userId: taker, status: TicketStatus.VALID },
    ]);
    expect(await orderOf(newId())).toMatchObject({ code: 'order-not-found' });
  });
});

describe('attendees', () => {
  it('are who has the good tickets, each of them once, page by page', async () => {
    const performance = await openSale(ctx, 7);
    const one = await buy(ctx, performance, 2);
    const two = await buy(ctx, performance, 3);
    const given = await buy(ctx, performance);
    await release(ctx, given);
    const taker = newId();
    const taken = await accept(ctx, (await linkFor(ctx, one.ticketIds[0] ?? '', one.userId)).token, taker);
    const found = new Map<string, string>();
    let [pages, cursor] = [0, ''];
    do {
      const request = create(ListAttendeesRequestSchema, { performanceId: performance.id, limit: 2, cursor });
      const { result } = await listAttendees(ctx, request);
      if (result?.case !== 'page') throw new Error('no page');
      for (const { ticketId = '', userId = '' } of result.value.items ?? []) found.set(ticketId, userId);
      cursor = result.value.nextCursor ?? '';
      pages += 1;
    } while (cursor !== '');
    expect(pages).toBe(3);
    expect(found).toEqual(
      new Map([[taken, taker], [one.ticketIds[1] ?? '', one.userId], ...two.ticketIds.map((id): [string, string] => [id, two.userId])]),
    );
  });
});
