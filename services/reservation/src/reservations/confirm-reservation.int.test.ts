import { create } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { idToBinary, newId } from '@ticketing/common/database';
import {
  CancelReservationRequestSchema,
  ConfirmReservationRequestSchema,
  GetTicketRequestSchema,
  ListReservationsRequestSchema,
  ReleaseReservationRequestSchema,
  ReservationStatus,
  TicketStatus,
} from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { askForSeats, countSeats, createTestContext, expireAllHolds, letHoldsExpire, openSale } from '../testing/test-sale.ts';
import { getTicket } from '../tickets/get-ticket.ts';
import { cancelReservation } from './cancel-reservation.ts';
import { confirmReservation } from './confirm-reservation.ts';
import { listReservations } from './list-reservations.ts';
import { releaseReservation } from './release-reservation.ts';
import { findReservation } from './reservation.ts';

let ctx: Context;
beforeAll(async () => {
  ctx = await createTestContext();
});
afterAll(() => ctx.stop());

interface Held {
  id: string;
  userId: string;
}

async function held(answer: Promise<string | Held>): Promise<Held> {
  const reservation = await answer;
  if (typeof reservation === 'string') throw new Error(`refused: ${reservation}`);
  return reservation;
}

async function confirm({ id, userId }: Held, paymentId = newId(), amount?: bigint): Promise<string> {
  const request = { reservationId: id, userId, paymentId, ...(amount !== undefined && { amount }) };
  const { result } = await confirmReservation(ctx, create(ConfirmReservationRequestSchema, request));
  if (result?.case === 'refusal') return result.value.code ?? '';
  return JSON.stringify(result?.value?.tickets?.map(({ id, seatId }) => ({ id, seatId })));
}

describe('confirmReservation', () => {
  it('gives the same payment the same tickets, and another payment none', async () => {
    const performance = await openSale(ctx, 3);
    const hold = await held(askForSeats(ctx, performance, { quantity: 2 }));
    const paymentId = newId();
    const answers = await Promise.all(Array.from({ length: 5 }, () => confirm(hold, paymentId)));
    expect(new Set(answers).size).toBe(1);
    expect(JSON.parse(answers[0]!)).toHaveLength(2);
    expect(await confirm(hold)).toBe('already-paid');
    expect(await countSeats(ctx, performance)).toEqual({ SOLD: 2, AVAILABLE: 1 });
  });

  it('names the pass that the seats were held with, every time', async () => {
    const performance = await openSale(ctx, 1);
    const { id: reservationId, userId } = await held(askForSeats(ctx, performance, { quantity: 1, passId: 'a-pass' }));
    const request = create(ConfirmReservationRequestSchema, { reservationId, userId, paymentId: newId() });
    const confirmation = { result: { case: 'confirmation', value: { passId: 'a-pass' } } };
    expect(await confirmReservation(ctx, request)).toMatchObject(confirmation);
    expect(await confirmReservation(ctx, request)).toMatchObject(confirmation);
  });

  it('refuses a hold that has run out, and a paid one never runs out', async () => {
    const performance = await openSale(ctx, 2);
    const paid = await held(askForSeats(ctx, performance, { quantity: 1 }));
    const late = await held(askForSeats(ctx, performance, { quantity: 1 }));
    await confirm(paid);
    await letHoldsExpire(ctx, performance);
    expect(await confirm(late)).toBe('hold-expired');
    await expireAllHolds(ctx);
    expect(await countSeats(ctx, performance)).toEqual({ SOLD: 1, AVAILABLE: 1 });
    expect((await findReservation(ctx.db, paid.id, paid.userId))?.status).toBe('CONFIRMED');
    expect((await findReservation(ctx.db, late.id, late.userId))?.status).toBe('EXPIRED');
  });

  it('ends the hold with the refusal, so that no late copy of the question is answered otherwise when the clock goes back', async () => {
    const performance = await openSale(ctx, 1);
    const [hold, paymentId] = [await held(askForSeats(ctx, performance, { quantity: 1 })), newId()];
    await letHoldsExpire(ctx, performance);
    expect(await confirm(hold, paymentId)).toBe('hold-expired');
    const later = 'UTC_TIMESTAMP(3) + INTERVAL 1 MINUTE';
    await ctx.db.execute(`UPDATE seats SET hold_expires_at = ${later} WHERE reservation_id = ?`, [idToBinary(hold.id)]);
    await ctx.db.execute(`UPDATE reservations SET expires_at = ${later} WHERE id = ?`, [idToBinary(hold.id)]);
    expect(await confirm(hold, paymentId)).toBe('hold-expired');
    expect(await countSeats(ctx, performance)).toEqual({ AVAILABLE: 1 });
    await expireAllHolds(ctx);
    const events = await ctx.db.query("SELECT seq FROM outbox_events WHERE aggregate_id = ? AND type = 'reservation.expired'", [hold.id]);
    expect(events).toHaveLength(1);
  });

  it('sells for the price and for nothing else, and leaves the hold to whoever pays it', async () => {
    const performance = await openSale(ctx, 2);
    const hold = await held(askForSeats(ctx, performance, { quantity: 2 }));
    const paymentId = newId();
    expect([await confirm(hold, paymentId, 1n), await confirm(hold, paymentId, 0n)]).toEqual(['amount-mismatch', 'amount-mismatch']);
    expect(await countSeats(ctx, performance)).toEqual({ HELD: 2 });
    expect(JSON.parse(await confirm(hold, paymentId, 100_000n))).toHaveLength(2);
    expect(await findReservation(ctx.db, hold.id, hold.userId)).toMatchObject({ status: 'CONFIRMED', paymentId });
  });

  it('lets exactly one win when payment, expiry and the next buyer meet', async () => {
    const performance = await openSale(ctx, 30);
    const holds = await Promise.all([...performance.seats.keys()].map((id) => held(askForSeats(ctx, performance, { seatIds: [id] }))));
    // One after the other runs out while payments and new buyers come in, so the two sides meet in both orders.
    await ctx.db.execute(
      `UPDATE seats SET hold_expires_at = UTC_TIMESTAMP(3) + INTERVAL (position * 10000) MICROSECOND WHERE reservation_id IS NOT NULL AND performance_id =
        (SELECT p.id FROM performances p WHERE p.concert_id = UNHEX(?))`,
      [performance.concertId.replaceAll('-', '')],
    );
    const rush = [...performance.seats.keys()].flatMap((id, index) => [
      confirm(holds[index]!),
      askForSeats(ctx, performance, { seatIds: [id] }),
    ]);
    const answers = await Promise.all(rush);
    for (let index = 0; index < answers.length; index += 2) {
      const paid = typeof answers[index] === 'string' && answers[index] !== 'hold-expired';
      const stolen = typeof answers[index + 1] === 'object';
      expect(paid && stolen).toBe(false);
    }
    const counts = await countSeats(ctx, performance);
    expect(counts.SOLD ?? 0).toBe(answers.filter((answer) => typeof answer === 'string' && answer.startsWith('[')).length);
  });

  it('is not for others', async () => {
    const performance = await openSale(ctx, 1);
    const hold = await held(askForSeats(ctx, performance, { quantity: 1 }));
    expect(await confirm({ ...hold, userId: newId() })).toBe('reservation-not-found');
  });
});

describe('cancelReservation and releaseReservation', () => {
  it('frees the seats of a hold at once, twice without harm, and not those of a paid one', async () => {
    const performance = await openSale(ctx, 1);
    const seatIds = [...performance.seats.keys()];
    const hold = await held(askForSeats(ctx, performance, { seatIds }));
    const request = create(CancelReservationRequestSchema, { reservationId: hold.id, userId: hold.userId });
    expect(await cancelReservation(ctx, request)).toEqual({});
    expect(await cancelReservation(ctx, request)).toEqual({});
    const next = await held(askForSeats(ctx, performance, { seatIds }));
    await confirm(next);
    const paid = create(CancelReservationRequestSchema, { reservationId: next.id, userId: next.userId });
    expect((await cancelReservation(ctx, paid)).refusal?.code).toBe('reservation-not-cancellable');
    expect(await countSeats(ctx, performance)).toEqual({ SOLD: 1 });
  });

  it('puts refunded seats back on sale once and voids their tickets', async () => {
    const performance = await openSale(ctx, 1);
    const seatIds = [...performance.seats.keys()];
    const hold = await held(askForSeats(ctx, performance, { seatIds }));
    const paymentId = newId();
    const [ticket] = z.array(z.object({ id: z.string() })).parse(JSON.parse(await confirm(hold, paymentId)));
    const look = () => getTicket(ctx, create(GetTicketRequestSchema, { ticketId: ticket!.id, userId: hold.userId }));
    expect((await look()).result).toMatchObject({ case: 'ticket', value: { status: TicketStatus.VALID } });

    const request = create(ReleaseReservationRequestSchema, { reservationId: hold.id, paymentId });
    await releaseReservation(ctx, request);
    const next = await held(askForSeats(ctx, performance, { seatIds }));
    await releaseReservation(ctx, request);
    expect((await findReservation(ctx.db, next.id, next.userId))?.status).toBe('HELD');
    expect(await countSeats(ctx, performance)).toEqual({ HELD: 1 });
    expect((await look()).result).toMatchObject({ case: 'ticket', value: { status: TicketStatus.VOID } });
  });

  it('do nothing where a seat is missing, rather than half of it', async () => {
    const performance = await openSale(ctx, 4);
    const seats = [...performance.seats.keys()].map(idToBinary);
    const [sold, alive] = [
      await held(askForSeats(ctx, performance, { quantity: 2 })),
      await held(askForSeats(ctx, performance, { quantity: 2 })),
    ];
    const paymentId = newId();
    await confirm(sold, paymentId);
    const owned = (owners: string[]) =>
      Promise.all(
        owners.map((id, index) => ctx.db.execute('UPDATE seats SET reservation_id = ? WHERE id = ?', [idToBinary(id), seats[index * 2]!])),
      );
    await owned([alive.id, sold.id]);
    await expect(releaseReservation(ctx, create(ReleaseReservationRequestSchema, { reservationId: sold.id, paymentId }))).rejects.toThrow(
      '1 of its 2',
    );
    const letGo = create(CancelReservationRequestSchema, { reservationId: alive.id, userId: alive.userId });
    await expect(cancelReservation(ctx, letGo)).rejects.toThrow('1 of its 2');
    expect(await countSeats(ctx, performance)).toEqual({ SOLD: 2, HELD: 2 });
    await owned([sold.id, alive.id]);
    expect(await cancelReservation(ctx, letGo)).toEqual({});
  });
});

describe('listReservations', () => {
  it('can be narrowed to a status and a concert, as things are now', async () => {
    const [one, two] = [await openSale(ctx, 2), await openSale(ctx, 1)];
    const userId = newId();
    const paid = await held(askForSeats(ctx, one, { userId, quantity: 1 }));
    await confirm(paid);
    const dead = await held(askForSeats(ctx, one, { userId, quantity: 1 }));
    await letHoldsExpire(ctx, one);
    const live = await held(askForSeats(ctx, two, { userId, quantity: 1 }));
    const list = async (filter: { status?: ReservationStatus; concertId?: string }): Promise<string[]> => {
      const { result } = await listReservations(ctx, create(ListReservationsRequestSchema, { userId, ...filter }));
      return result?.case === 'page' ? (result.value.items ?? []).map(({ id }) => id ?? '') : [];
    };
    expect(await list({})).toEqual([live.id, dead.id, paid.id]);
    expect(await list({ status: ReservationStatus.HELD })).toEqual([live.id]);
    expect(await list({ status: ReservationStatus.EXPIRED })).toEqual([dead.id]);
    expect(await list({ concertId: one.concertId })).toEqual([dead.id, paid.id]);
    expect(await list({ concertId: one.concertId, status: ReservationStatus.CONFIRMED })).toEqual([paid.id]);
  });
});
