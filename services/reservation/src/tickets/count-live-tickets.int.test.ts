import { create } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@ticketing/common/database';
import {
  ConfirmReservationRequestSchema,
  CountLiveTicketsRequestSchema,
  ReleaseReservationRequestSchema,
} from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import type { Context } from '../context.ts';
import { confirmReservation } from '../reservations/confirm-reservation.ts';
import { releaseReservation } from '../reservations/release-reservation.ts';
import { askForSeats, createTestContext, letBegin, openSale } from '../testing/test-sale.ts';
import { countLiveTickets } from './count-live-tickets.ts';

let ctx: Context;
beforeAll(async () => {
  ctx = await createTestContext();
});
afterAll(() => ctx.stop());

const count = async (userId: string): Promise<number | undefined> =>
  (await countLiveTickets(ctx, create(CountLiveTicketsRequestSchema, { userId }))).count;

describe('countLiveTickets', () => {
  it('counts what is paid for and to come, and neither holds, refunds, what has begun nor what others have', async () => {
    const [userId, performance] = [newId(), await openSale(ctx, 4)];
    const hold = await askForSeats(ctx, performance, { userId, quantity: 2 });
    if (typeof hold === 'string') throw new Error(hold);
    expect(await count(userId)).toBe(0);
    const order = { reservationId: hold.id, userId, paymentId: newId() };
    await confirmReservation(ctx, create(ConfirmReservationRequestSchema, { ...order, amount: 100_000n }));
    expect([await count(userId), await count(newId())]).toEqual([2, 0]);
    await letBegin(ctx, performance);
    expect(await count(userId)).toBe(0);
    await letBegin(ctx, performance, -3_600);
    expect(await count(userId)).toBe(2);
    await releaseReservation(ctx, create(ReleaseReservationRequestSchema, order));
    expect(await count(userId)).toBe(0);
  });
});
