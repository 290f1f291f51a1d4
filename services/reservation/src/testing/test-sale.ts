import { randomUUID } from 'node:crypto';
import { create } from '@bufbuild/protobuf';
import { idToBinary, newId } from '@ticketing/common/database';
import { pollUntil } from '@ticketing/common/poll-until';
import { testEnvironment } from '@ticketing/common/testing/test-stack';
import { HoldSeatsRequestSchema, type HoldSeatsResponse } from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import { readConfig } from '../config.ts';
import { type Context, createContext } from '../context.ts';
import { buildInventory } from '../performances/build-inventory.ts';
import type { Performance } from '../performances/performances.ts';
import { expireHolds } from '../reservations/expire-holds.ts';
import { holdSeats } from '../reservations/hold-seats.ts';

/** The service's own context on the real parts of the test stack; its sweeper is off. */
export function createTestContext(): Promise<Context> {
  return createContext(readConfig({ ...testEnvironment('reservation'), HOLD_SWEEPER: 'off' }));
}

/** A performance with one row of seats, and perhaps one of seats that cost nothing; on sale unless said otherwise. */
export async function openSale(
  ctx: Context,
  seats: number,
  options: { saleOpensAt?: Date; maxSeatsPerPerson?: number; concertId?: string; startsInMs?: number; freeSeats?: number } = {},
): Promise<Performance> {
  const performanceId = newId();
  await ctx.db.transaction((tx) =>
    buildInventory(tx, {
      performanceId,
      concertId: options.concertId ?? newId(),
      startsAt: new Date(Date.now() + (options.startsInMs ?? 86_400_000)).toISOString(),
      saleOpensAt: (options.saleOpensAt ?? new Date(Date.now() - 3_600_000)).toISOString(),
      maxSeatsPerPerson: options.maxSeatsPerPerson ?? 4,
      sections: [
        { name: 'Floor', rows: 1, seatsPerRow: seats, price: 50_000 },
        ...(options.freeSeats === undefined ? [] : [{ name: 'Lawn', rows: 1, seatsPerRow: options.freeSeats, price: 0 }]),
      ],
    }),
  );
  const performance = await ctx.performances.find(performanceId);
  if (!performance) throw new Error('the performance was not built');
  return performance;
}

export interface TestHold {
  userId?: string;
  seatIds?: string[];
  quantity?: number;
  passId?: string;
  idempotencyKey?: string;
}

/** Asks for seats as the gateway would. The answer is the message that goes back, or its refusal's code. */
export async function askForSeats(
  ctx: Context,
  performance: Performance,
  order: TestHold,
): Promise<string | { id: string; userId: string }> {
  const { userId = newId(), seatIds = [], quantity = 0, passId = '', idempotencyKey = randomUUID() } = order;
  const { id: performanceId, concertId: passConcertId } = performance;
  const request = { userId, passConcertId, passId, idempotencyKey, performanceId, seatIds, quantity };
  const { result } = await holdSeats(ctx, create(HoldSeatsRequestSchema, request));
  return readResult(result);
}

function readResult(result: Partial<HoldSeatsResponse>['result'] | Awaited<ReturnType<typeof holdSeats>>['result']) {
  if (result?.case === 'refusal') return result.value.code ?? '';
  if (result?.case === 'reservation') return { id: result.value.id ?? '', userId: result.value.userId ?? '' };
  throw new Error('an empty answer');
}

/** Lets a performance begin, or with a negative number come: so many seconds ago. */
export async function letBegin(ctx: Context, { id }: Performance, secondsAgo = 60): Promise<void> {
  await ctx.db.execute('UPDATE performances SET starts_at = UTC_TIMESTAMP(3) - INTERVAL ? SECOND WHERE id = ?', [
    secondsAgo,
    idToBinary(id),
  ]);
}

/** Lets the time of all holds of a performance run out without waiting for it. */
export async function letHoldsExpire(ctx: Context, performance: Performance): Promise<void> {
  const id = idToBinary(performance.id);
  const past = 'UTC_TIMESTAMP(3) - INTERVAL 1 SECOND';
  await ctx.db.execute(`UPDATE seats SET hold_expires_at = ${past} WHERE performance_id = ? AND status = 'HELD'`, [id]);
  await ctx.db.execute(`UPDATE reservations SET expires_at = ${past} WHERE performance_id = ? AND status = 'HELD'`, [id]);
}

/** Ends all holds that have run out, and waits for those that an instance of the stack has in hand just now. */
export async function expireAllHolds({ db }: Context): Promise<void> {
  const ended = await pollUntil(async () => {
    await expireHolds({ db });
    const [left] = await db.query<{ n: number }>(
      "SELECT COUNT(*) AS n FROM reservations WHERE status = 'HELD' AND expires_at <= UTC_TIMESTAMP(3)",
    );
    return left?.n === 0 ? true : undefined;
  }, 30_000);
  if (!ended) throw new Error('there are holds that have run out and are not ended');
}

/** How many seats of a performance are in each status, and how many reservations are HELD. */
export async function countSeats(ctx: Context, performance: Performance): Promise<Record<string, number>> {
  const rows = await ctx.db.query<{ status: string; n: number }>(
    `SELECT status, COUNT(*) AS n FROM seats WHERE performance_id = ? GROUP BY status`,
    [idToBinary(performance.id)],
  );
  return Object.fromEntries(rows.map(({ status, n }) => [status, n]));
}
