import { create } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { idFromBinary, idToBinary, newId } from '@ticketing/common/database';
import { type ExplainedStatement, explained, wholeScans } from '@ticketing/common/testing/explained';
import { writePlans } from '@ticketing/common/testing/plan-table';
import { GetAvailabilityRequestSchema } from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import type { Context } from './context.ts';
import type { Performance } from './performances/performances.ts';
import { expireHolds } from './reservations/expire-holds.ts';
import { placeHold } from './reservations/place-hold.ts';
import { findReservations } from './reservations/reservation.ts';
import { getAvailability } from './seats/get-availability.ts';
import { createSeatMaps } from './seats/seat-maps.ts';
import { createTestContext, openSale } from './testing/test-sale.ts';

// A million seats by `npm run explain`; in every other run enough for the optimizer to prefer an index.
const doublings = process.env.TICKETING_EXPLAIN === undefined ? 0 : 9;
const seatsEach = 1_000;

let ctx: Context;
let performance: Performance;
let reservationId: string;
const plans: Record<string, ExplainedStatement[]> = {};

beforeAll(async () => {
  ctx = await createTestContext();
  await openSale(ctx, seatsEach);
  performance = await openSale(ctx, seatsEach);
  for (let round = 0; round < doublings; round += 1) await doubleSeats(ctx.db, round);
  reservationId = newId();
  await placeHold(ctx.db, orderOf(reservationId), () => Promise.resolve('held'));
  for (const table of ['seats', 'reservations', 'performances']) await ctx.db.query(`ANALYZE TABLE ${table}`);
}, 600_000);
afterAll(async () => {
  const tables: Record<string, number> = {};
  for (const table of ['seats', 'reservations', 'performances']) {
    const [row] = await ctx.db.query<{ n: number }>(`SELECT COUNT(*) AS n FROM ${table}`);
    tables[table] = row?.n ?? 0;
  }
  writePlans('reservation', tables, plans);
  await ctx.stop();
});

/** Copies every seat as one of another performance. */
async function doubleSeats(db: Context['db'], round: number): Promise<void> {
  await db.execute(
    `INSERT INTO seats (performance_id, id, position, section, row_label, number, price)
     SELECT UNHEX(MD5(CONCAT(HEX(performance_id), '${round}'))), id, position, section, row_label, number, price FROM seats`,
  );
}

function orderOf(id: string, seatIds: string[] = []) {
  return { reservationId: id, userId: newId(), performance, seatIds, quantity: 2, section: '', holdSeconds: 300 };
}

async function freeSeat(): Promise<string> {
  const [row] = await ctx.db.query<{ id: Buffer }>(
    "SELECT id FROM seats WHERE performance_id = ? AND status = 'AVAILABLE' ORDER BY position DESC LIMIT 1",
    [idToBinary(performance.id)],
  );
  if (!row) throw new Error('no seat is free');
  return idFromBinary(row.id);
}

const hotPaths: Record<string, (db: Context['db']) => Promise<unknown>> = {
  'the seat map': (db) => createSeatMaps(db).get(performance.id),
  'a hold of named seats': async (db) => placeHold(db, orderOf(newId(), [await freeSeat()]), () => Promise.resolve('held')),
  'a hold of the best seats': (db) => placeHold(db, orderOf(newId()), () => Promise.resolve('held')),
  'a reservation': (db) => findReservations(db, [idToBinary(reservationId)]),
  'free seats of a concert': (db) => getAvailability({ db }, create(GetAvailabilityRequestSchema, { concertId: performance.concertId })),
  'holds that have died': (db) => expireHolds({ db }),
};

describe('hot paths', () => {
  it.each(Object.keys(hotPaths))('read no table as a whole: %s', async (name) => {
    const { db, statements } = explained(ctx.db);
    await hotPaths[name]?.(db);
    plans[name] = statements;
    expect(statements.length).toBeGreaterThan(0);
    expect(wholeScans(statements)).toEqual([]);
  });

  it('would be found reading a table as a whole', async () => {
    const { db, statements } = explained(ctx.db);
    await db.query("SELECT id FROM seats WHERE section = 'nowhere' LIMIT 5");
    expect(wholeScans(statements)).toHaveLength(1);
  });
});
