import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { problemCode } from '../../client/api-client.ts';
import { paymentShape, reservationShape } from '../../client/shapes.ts';
import type { Sale } from '../../demo/prepare-sale.ts';
import { setting } from './api-shapes.ts';
import { busyInstances, holdsByInstance } from './holds-by-instance.ts';
import {
  admit,
  eventually,
  holdFor,
  newBuyer,
  newVisitor,
  openSale,
  openTestShop,
  seatIdsOf,
  type TestShop,
  type Visitor,
  walletOf,
} from './test-shop.ts';

const usualMinutes = 5;
let shop: TestShop;
let sale: Sale;

beforeAll(async () => {
  shop = await openTestShop();
});
beforeEach(async () => {
  sale = await openSale(shop, 4);
});
afterEach(() => setHoldMinutes(usualMinutes));
afterAll(() => shop.close());

async function setHoldMinutes(value: number): Promise<void> {
  const { token } = shop.operator;
  const changed = await shop.api.call(setting, 'PUT', '/admin/settings/hold.minutes', { token, body: { value } });
  expect(changed).toMatchObject({ key: 'hold.minutes', value });
}

/** How long a hold lasts that is made now, roughly, in milliseconds. The hold is let go at once. */
async function lifetimeOfHold({ token, pass, hold }: Visitor, seatId: string): Promise<number> {
  const started = Date.now();
  const reply = await hold(sale.performanceId, pass, [seatId]);
  const { id, expiresAt } = reservationShape.parse(reply.body);
  await shop.api.sendPatiently('DELETE', `/reservations/${id}`, { token });
  return Date.parse(expiresAt) - started;
}

/** Waits until 10 holds in a row last as they should, with every instance among those that gave them. */
async function everyInstanceHolds(visitor: Visitor, seatId: string, isRight: (lifetimeMs: number) => boolean): Promise<string[]> {
  return eventually('the setting in every instance', async () => {
    const before = await holdsByInstance(shop.stack);
    for (let count = 0; count < 10; count += 1) if (!isRight(await lifetimeOfHold(visitor, seatId))) return undefined;
    const busy = busyInstances(before, await holdsByInstance(shop.stack));
    return busy.length === before.size ? busy : undefined;
  });
}

async function statusOf({ token }: Visitor, reservationId: string): Promise<string> {
  return (await shop.api.call(reservationShape, 'GET', `/reservations/${reservationId}`, { token })).status;
}

async function untilExpired(visitor: Visitor, reservationId: string): Promise<void> {
  await eventually('the hold runs out', async () => ((await statusOf(visitor, reservationId)) === 'EXPIRED' ? true : undefined));
}

describe('a hold that is not paid for', () => {
  it('is dead after its time: the next one gets the seat, and paying for it costs nothing', async () => {
    const [late, next] = await Promise.all([newVisitor(shop, sale, 100_000), newVisitor(shop, sale, 100_000)]);
    const [seatId] = await seatIdsOf(sale, late);
    await setHoldMinutes(0.05);
    const first = await holdFor(late, sale, [seatId!]);
    expect(problemCode(await next.hold(sale.performanceId, next.pass, [seatId!]))).toBe('seat-taken');
    await untilExpired(late, first);
    await setHoldMinutes(usualMinutes);
    const second = await eventually('the seat for the next one', async () => {
      const reply = await next.hold(sale.performanceId, next.pass, [seatId!]);
      return reply.status === 201 ? reservationShape.parse(reply.body).id : undefined;
    });
    const tooLate = await late.pay(first);
    expect([tooLate.status, problemCode(tooLate)]).toEqual([409, 'hold-expired']);
    expect(await walletOf(shop, late)).toEqual({ balance: 100_000, reserved: 0 });
    expect((await next.pay(second)).status).toBe(201);
    expect(await walletOf(shop, next)).toEqual({ balance: 100_000 - sale.price, reserved: 0 });
  });

  it('gives the person’s allowance back too', async () => {
    const visitor = await newVisitor(shop, sale);
    const seatIds = await seatIdsOf(sale, visitor);
    await setHoldMinutes(0.05);
    await untilExpired(visitor, await holdFor(visitor, sale, seatIds));
    expect((await visitor.hold(sale.performanceId, visitor.pass, seatIds)).status).toBe(201);
  });
});

describe('a hold that is paid for', () => {
  it('never expires', async () => {
    const [owner, other] = await Promise.all([newVisitor(shop, sale), newVisitor(shop, sale)]);
    const [paidSeat, otherSeat] = await seatIdsOf(sale, owner);
    await setHoldMinutes(0.1);
    const paid = await holdFor(owner, sale, [paidSeat!]);
    const payment = paymentShape.parse((await owner.pay(paid)).body);
    expect(payment.status).toBe('COMPLETED');
    // A hold that was made later tells when the time of the first is over.
    await untilExpired(other, await holdFor(other, sale, [otherSeat!]));
    expect(await statusOf(owner, paid)).toBe('CONFIRMED');
    expect(problemCode(await other.hold(sale.performanceId, other.pass, [paidSeat!]))).toBe('seat-taken');
    const ticket = await shop.api.send('GET', `/tickets/${payment.tickets?.[0]?.id ?? ''}`, { token: owner.token });
    expect(ticket.status).toBe(200);
  });
});

describe('the length of holds', () => {
  it('changes in every instance, at run time', async () => {
    const visitor = await admit(await newBuyer(shop, 0), sale);
    const [seatId] = await seatIdsOf(sale, visitor);
    const isShort = (lifetimeMs: number): boolean => lifetimeMs < 60_000;
    const all = shop.stack.instances.filter(({ service }) => service === 'reservation').map(({ name }) => name);
    await setHoldMinutes(0.05);
    expect(await everyInstanceHolds(visitor, seatId!, isShort)).toEqual(all);
    await setHoldMinutes(usualMinutes);
    expect(await everyInstanceHolds(visitor, seatId!, (lifetimeMs) => !isShort(lifetimeMs))).toEqual(all);
  });
});
