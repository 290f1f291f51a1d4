import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { ApiClient } from '../../local/client/api-client.ts';
import { type Buyer, createBuyer } from '../../local/client/buyer.ts';
import { paymentShape, reservationShape } from '../../local/client/shapes.ts';
import type { Sale } from '../../local/demo/prepare-sale.ts';

/** People who buy one ticket each, one after the other, in a few lines at a time, until they are told to stop. */
export interface BuyingLoad {
  /** Purchases that have ended with a ticket so far. */
  completed: () => number;
  /** Lets the purchases that have begun come to their end. @returns how many brought a ticket, and why the others did not */
  stop: () => Promise<{ completed: number; failed: string[] }>;
}

const paymentPollMs = 500;
const paymentPolls = 240;

export function startBuying(api: ApiClient, sale: Sale, lines: number): BuyingLoad {
  const failed: string[] = [];
  let completed = 0;
  let stopping = false;
  const buyOn = async (): Promise<void> => {
    while (!stopping) {
      try {
        await buyOne(api, sale);
        completed += 1;
      } catch (error) {
        failed.push(error instanceof Error ? error.message : String(error));
      }
    }
  };
  const running = Promise.all(Array.from({ length: lines }, buyOn));
  return {
    completed: () => completed,
    stop: async () => {
      stopping = true;
      await running;
      return { completed, failed };
    },
  };
}

/** From the sign-up to the ticket, each step under one Idempotency-Key however often it has to be sent. */
async function buyOne(api: ApiClient, sale: Sale): Promise<void> {
  const buyer = await createBuyer(api, `${randomUUID()}@example.com`);
  await buyer.charge(sale.price);
  const pass = await buyer.enter(sale.concertId);
  if (pass === undefined) throw new Error('the concert is sold out: the test has too few seats');
  const reservation = await holdAnySeat(buyer, sale, pass);
  const paid = await buyer.pay(reservation);
  if (paid.status !== 201 && paid.status !== 202) throw new Error(`payment refused: ${paid.status} ${JSON.stringify(paid.body)}`);
  await waitForTicket(api, buyer, paymentShape.parse(paid.body).id);
}

/** Somebody else may be quicker: that is no failure, there are other seats. */
async function holdAnySeat(buyer: Buyer, sale: Sale, pass: string): Promise<string> {
  for (;;) {
    const { seats } = await buyer.seatMap(sale.performanceId, pass);
    const free = seats.filter(({ status }) => status === 'AVAILABLE');
    const seat = free[Math.floor(Math.random() * free.length)];
    if (!seat) throw new Error('no free seat on the map: the test has too few');
    const held = await buyer.hold(sale.performanceId, pass, [seat.id]);
    if (held.status === 201) return reservationShape.parse(held.body).id;
    if (held.status !== 409) throw new Error(`hold refused: ${held.status} ${JSON.stringify(held.body)}`);
  }
}

async function waitForTicket(api: ApiClient, { token }: Buyer, paymentId: string): Promise<void> {
  for (let poll = 0; poll < paymentPolls; poll += 1) {
    const { status, failure, tickets } = await api.call(paymentShape, 'GET', `/payments/${paymentId}`, { token });
    if (status === 'COMPLETED' && tickets?.length === 1) return;
    if (status === 'FAILED' || status === 'REFUNDED') throw new Error(`payment ${paymentId} is ${status}: ${failure ?? ''}`);
    await delay(paymentPollMs);
  }
  throw new Error(`payment ${paymentId} has no outcome after ${(paymentPolls * paymentPollMs) / 1_000} s`);
}
