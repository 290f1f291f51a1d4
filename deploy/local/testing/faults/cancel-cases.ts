import { pollUntil } from '@ticketing/common/poll-until';
import { z } from 'zod';
import { balanceShape, paymentShape } from '../../client/shapes.ts';
import type { FaultCase } from './fault-case.ts';
import type { FaultShop } from './fault-shop.ts';
import { holdOne, type OwnSale, openSale, seatIds, type Visitor } from './visitors.ts';

const progressShape = z.object({ refunds: z.number(), done: z.number() });
const refundedWithinMs = 150_000;
const seatsEach = 4;
const visitorsAtOnce = 10;

/** Buys all seats of a sale, four at a time, each as an order of its own. */
async function sellOut(shop: FaultShop, { sale, visitors }: OwnSale, orders: number): Promise<Visitor[]> {
  const crowd: Visitor[] = [];
  const [first] = await visitors(1);
  if (!first) throw new Error('nobody was let in');
  const seats = await seatIds(sale, first);
  for (let from = 0; from < orders; from += seatsEach * visitorsAtOnce) {
    const group = await visitors(Math.min(visitorsAtOnce, Math.ceil((orders - from) / seatsEach)));
    const buyAll = async (visitor: Visitor, index: number): Promise<void> => {
      const begin = from + index * seatsEach;
      for (const seat of seats.slice(begin, Math.min(begin + seatsEach, orders))) {
        const paid = paymentShape.parse((await visitor.pay(await holdOne(sale, visitor, seat))).body);
        if (paid.status !== 'COMPLETED') throw new Error(`a payment is ${paid.status}`);
      }
    };
    await Promise.all(group.map(buyAll));
    crowd.push(...group);
  }
  await shop.load.pause();
  return crowd;
}

/** Kills what refunds while it refunds. @returns the numbers that were told meanwhile */
async function watchRefunds(
  shop: FaultShop,
  performanceId: string,
  orders: number,
  kill: (done: number) => Promise<void>,
): Promise<number[]> {
  const { api, token } = shop.operator;
  const seen: number[] = [];
  const done = await pollUntil(async () => {
    const reply = await api.sendPatiently('GET', `/admin/performances/${performanceId}/cancellation`, { token });
    if (reply.status !== 200) return undefined;
    const progress = progressShape.parse(reply.body);
    if (progress.refunds !== orders) throw new Error(`${progress.refunds} refunds are to be made in place of ${orders}`);
    seen.push(progress.done);
    await kill(progress.done);
    return progress.done === orders ? true : undefined;
  }, refundedWithinMs);
  if (!done) throw new Error(`${seen.at(-1) ?? 0} of ${orders} were refunded`);
  return seen;
}

function calledOff(orders: number, ci = false): FaultCase {
  return {
    name: `a sold-out performance of ${orders} orders is cancelled while payment and reservation are killed three times`,
    kind: 'kill -9',
    ci,
    run: async (shop) => {
      const own = await openSale(shop, orders);
      const crowd = await sellOut(shop, own, orders);
      const { api, token } = shop.operator;
      const { performanceId } = own.sale;
      const walletOf = async (visitor: Visitor) => (await api.call(balanceShape, 'GET', '/points', { token: visitor.token })).balance;
      const called = await api.sendPatiently('POST', `/admin/performances/${performanceId}/cancel`, { token });
      if (called.status !== 202) throw new Error(`cancelling: ${called.status} ${JSON.stringify(called.body)}`);
      const names = ['payment-1', 'payment-2', 'reservation-1', 'reservation-2'];
      let kills = 0;
      const seen = await watchRefunds(shop, performanceId, orders, async (done) => {
        if (kills >= 3 || done < (orders / 4) * kills) return;
        kills += 1;
        await Promise.all(names.map((name) => shop.kill(name)));
        await Promise.all(names.map((name) => shop.start(name)));
      });
      if (seen.some((count, index) => count < (seen[index - 1] ?? 0))) throw new Error(`the progress went back: ${seen.join(', ')}`);
      const balances = await Promise.all(crowd.map(walletOf));
      if (new Set(balances).size !== 1) throw new Error(`wallets: ${[...new Set(balances)].join(', ')}`);
      const sold = await shop.books.databases.reservation.rows(
        `SELECT COUNT(*) AS n FROM seats WHERE performance_id = UNHEX('${performanceId.replaceAll('-', '')}') AND status <> 'AVAILABLE'`,
      );
      if (Number(sold[0]?.n) !== 0) throw new Error(`${String(sold[0]?.n)} seats are not free`);
      shop.load.resume();
      return `${orders} refunds, told in ${seen.length} steps, ${kills} kills of both services`;
    },
  };
}

export const cancelCases: FaultCase[] = [calledOff(40, true), calledOff(500)];
