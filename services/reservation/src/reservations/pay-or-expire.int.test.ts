import { create } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Database, idToBinary, newId, type Queryable, type SqlValue } from '@ticketing/common/database';
import { withoutGuard } from '@ticketing/common/testing/without-guard';
import {
  AbandonReservationRequestSchema,
  ConfirmReservationRequestSchema,
} from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import type { Context } from '../context.ts';
import type { Performance } from '../performances/performances.ts';
import { askForSeats, countSeats, createTestContext, expireAllHolds, openSale } from '../testing/test-sale.ts';
import { abandonReservation } from './abandon-reservation.ts';
import { confirmReservation } from './confirm-reservation.ts';
import { expireHolds } from './expire-holds.ts';

let ctx: Context;
beforeAll(async () => {
  ctx = await createTestContext();
});
afterAll(() => ctx.stop());

interface Held {
  id: string;
  userId: string;
}

async function holdSeat(performance: Performance, seatId: string): Promise<Held> {
  const answer = await askForSeats(ctx, performance, { seatIds: [seatId] });
  if (typeof answer === 'string') throw new Error(`refused: ${answer}`);
  return answer;
}

/** The number of tickets, or the code of the refusal. */
async function confirm({ id, userId }: Held, paymentId = newId()): Promise<number | string> {
  const { result } = await confirmReservation(ctx, create(ConfirmReservationRequestSchema, { reservationId: id, userId, paymentId }));
  return result?.case === 'confirmation' ? (result.value.tickets?.length ?? 0) : (result?.value?.code ?? '');
}

async function abandon({ id }: Held, paymentId: string): Promise<string | undefined> {
  const { result } = await abandonReservation(ctx, create(AbandonReservationRequestSchema, { reservationId: id, paymentId }));
  return result?.case;
}

describe('a hold that can’t be ended', () => {
  it('holds up no other', async () => {
    const performance = await openSale(ctx, 3);
    const holds: Held[] = [];
    for (const seatId of performance.seats.keys()) holds.push(await holdSeat(performance, seatId));
    const bad = holds[0]?.id ?? '';
    // Sweepers of the stack would be first with what is dead: here these holds are dead before their time.
    const due = withoutGuard(
      ctx.db,
      'expires_at <= UTC_TIMESTAMP(3)\n',
      `expires_at <= UTC_TIMESTAMP(3) + INTERVAL 1 HOUR AND performance_id = UNHEX('${performance.id.replaceAll('-', '')}')\n`,
    );
    const isBad = (sql: string, values: SqlValue[] = []): boolean => sql.includes('outbox_events') && JSON.stringify(values).includes(bad);
    const stumbling: Database = {
      ...due,
      transaction: (work) =>
        due.transaction((tx) =>
          work({ ...tx, execute: (sql, values) => (isBad(sql, values) ? Promise.reject(new Error('a bug')) : tx.execute(sql, values)) }),
        ),
    };
    await expect(expireHolds({ db: stumbling })).rejects.toThrow('a bug');
    expect(await countSeats(ctx, performance)).toEqual({ AVAILABLE: 2, HELD: 1 });
    await expireHolds({ db: due });
    expect(await countSeats(ctx, performance)).toEqual({ AVAILABLE: 3 });
  });
});

describe('a payment at the very moment of the expiry', () => {
  const [trials, atOnce] = [500, 20];

  /** Lets holds run out a few milliseconds after each other, in both tables at once: the first has by now, the last has a minute left. */
  async function letRunOut(paid: Held[]): Promise<void> {
    const moment = paid.map((_, index) => `WHEN ? THEN ${index === atOnce - 1 ? 60_000_000 : index * 5_000}`).join(' ');
    const ids = paid.map((hold) => idToBinary(hold.id));
    const runOut = (tx: Queryable) =>
      tx.execute(
        `UPDATE seats s JOIN reservations r ON r.id = s.reservation_id, (SELECT UTC_TIMESTAMP(3) AS now) clock
          SET s.hold_expires_at = clock.now + INTERVAL (CASE r.id ${moment} END) MICROSECOND,
              r.expires_at = clock.now + INTERVAL (CASE r.id ${moment} END) MICROSECOND
        WHERE r.id IN (?)`,
        [...ids, ...ids, ids],
      );
    await ctx.db.transaction(runOut);
  }

  it('is confirmed, or the hold expires: never both, never neither', async () => {
    const performance = await openSale(ctx, trials);
    const seatIds = [...performance.seats.keys()];
    const holds: Held[] = [];
    for (let from = 0; from < trials; from += atOnce) {
      holds.push(...(await Promise.all(seatIds.slice(from, from + atOnce).map((id) => holdSeat(performance, id)))));
    }
    const id = idToBinary(performance.id);
    const answers: (number | string)[] = [];
    for (let from = 0; from < trials; from += atOnce) {
      const paid = holds.slice(from, from + atOnce);
      await letRunOut(paid);
      const [confirmed] = await Promise.all([Promise.all(paid.map((hold) => confirm(hold))), expireHolds(ctx), expireHolds(ctx)]);
      answers.push(...confirmed);
    }
    await ctx.db.execute(
      "UPDATE reservations SET expires_at = UTC_TIMESTAMP(3) - INTERVAL 1 SECOND WHERE performance_id = ? AND status = 'HELD'",
      [id],
    );
    await expireAllHolds(ctx);

    const rows = await ctx.db.query<{ id: string; status: string; tickets: number }>(
      `SELECT LOWER(HEX(r.id)) AS id, r.status, COUNT(t.id) AS tickets FROM reservations r LEFT JOIN tickets t ON t.reservation_id = r.id
        WHERE r.performance_id = ? GROUP BY r.id, r.status`,
      [id],
    );
    const ended = new Map(rows.map((row) => [row.id, `${row.status} with ${row.tickets}`]));
    const expected = answers.map((answer) => (answer === 1 ? 'CONFIRMED with 1' : 'EXPIRED with 0'));
    expect(holds.map((hold) => ended.get(hold.id.replaceAll('-', '')))).toEqual(expected);
    expect(new Set(answers)).toEqual(new Set([1, 'hold-expired']));
    const sold = answers.filter((answer) => answer === 1).length;
    expect(await countSeats(ctx, performance)).toEqual({ SOLD: sold, AVAILABLE: trials - sold });
  }, 300_000);
});

describe('abandonReservation', () => {
  it('ends the hold, so that a confirmation that comes late sells nothing', async () => {
    const performance = await openSale(ctx, 1);
    const [seatId = ''] = performance.seats.keys();
    const hold = await holdSeat(performance, seatId);
    const paymentId = newId();
    expect(await abandon(hold, paymentId)).toBe('release');
    expect(await confirm(hold, paymentId)).toBe('hold-expired');
    expect(await abandon(hold, paymentId)).toBe('release');
    const winner = await holdSeat(performance, seatId);
    expect(await confirm(winner)).toBe(1);
    expect(await abandon(hold, paymentId)).toBe('release');
    expect(await countSeats(ctx, performance)).toEqual({ SOLD: 1 });
  });

  it('answers with the tickets where the payment has the seats, and another payment’s stay as they are', async () => {
    const performance = await openSale(ctx, 1);
    const [seatId = ''] = performance.seats.keys();
    const hold = await holdSeat(performance, seatId);
    const paymentId = newId();
    await confirm(hold, paymentId);
    expect(await abandon(hold, paymentId)).toBe('confirmation');
    expect(await abandon(hold, newId())).toBe('release');
    expect(await countSeats(ctx, performance)).toEqual({ SOLD: 1 });
  });

  it('and a confirmation at once: one of them wins', async () => {
    const performance = await openSale(ctx, 20);
    for (const seatId of performance.seats.keys()) {
      const hold = await holdSeat(performance, seatId);
      const paymentId = newId();
      const [confirmed, abandoned] = await Promise.all([confirm(hold, paymentId), abandon(hold, paymentId)]);
      expect(abandoned).toBe(confirmed === 1 ? 'confirmation' : 'release');
    }
  });

  it('finds nothing to do where there is no such reservation', async () => {
    expect(await abandon({ id: newId(), userId: newId() }, newId())).toBe('release');
  });
});
