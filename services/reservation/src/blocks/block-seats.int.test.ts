import { create } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Database, idToBinary, newId } from '@ticketing/common/database';
import { withoutGuard, withPause } from '@ticketing/common/testing/without-guard';
import {
  BlockSeatsRequestSchema,
  GetAvailabilityRequestSchema,
  ListBlocksRequestSchema,
  ReleaseBlockRequestSchema,
} from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import type { Context } from '../context.ts';
import type { Performance } from '../performances/performances.ts';
import { canBeHad } from '../reservations/choose-best-seats.ts';
import { getAvailability } from '../seats/get-availability.ts';
import { createSeatCounts } from '../seats/seat-counts.ts';
import { createSeatMaps } from '../seats/seat-maps.ts';
import { askForSeats, countSeats, createTestContext, expireAllHolds, letHoldsExpire, openSale } from '../testing/test-sale.ts';
import { blockSeats } from './block-seats.ts';
import { listBlocks } from './list-blocks.ts';
import { releaseBlock } from './release-block.ts';

let ctx: Context;
beforeAll(async () => {
  ctx = await createTestContext();
});
afterAll(() => ctx.stop());

const organiser = newId();

interface Asked {
  db?: Database;
  key?: string;
  reason?: string;
}

/** @returns the id of the block, or the code of the refusal with the positions that it names */
async function block({ id }: Performance, positions: number[], { db = ctx.db, key = '', reason = 'Press' }: Asked = {}) {
  const actor = { userId: organiser, operator: false };
  const request = create(BlockSeatsRequestSchema, { actor, performanceId: id, positions, reason, idempotencyKey: key });
  const { result } = await blockSeats({ db, performances: ctx.performances }, request);
  if (result?.case === 'block') return { id: result.value.id ?? '', positions: result.value.positions };
  return {
    refused: result?.case === 'refusal' ? result.value.code : undefined,
    positions: result?.case === 'refusal' ? result.value.positions : [],
  };
}

async function blockedId(performance: Performance, positions: number[]): Promise<string> {
  const made = await block(performance, positions);
  if (made.id === undefined) throw new Error(made.refused);
  return made.id;
}

async function release({ id: performanceId }: Performance, blockId: string): Promise<string> {
  const actor = { userId: organiser, operator: false };
  const { refusal } = await releaseBlock(ctx, create(ReleaseBlockRequestSchema, { actor, performanceId, blockId }));
  return refusal?.code ?? 'released';
}

async function auditOf(subject: string): Promise<string[]> {
  const rows = await ctx.db.query<{ action: string }>('SELECT action FROM audit_entries WHERE subject = ? ORDER BY id', [subject]);
  return rows.map(({ action }) => action);
}

const hold = (performance: Performance, positions: number[]) =>
  askForSeats(ctx, performance, { seatIds: positions.map((position) => `#${position}`) });

describe('blocked seats', () => {
  it('can be had by nobody, and are sold in public', async () => {
    const performance = await openSale(ctx, 5);
    expect(await block(performance, [3, 0])).toMatchObject({ positions: [0, 3] });
    expect(await hold(performance, [0])).toBe('seat-taken');
    expect(await hold(performance, [2, 3])).toBe('seat-taken');
    expect(await askForSeats(ctx, performance, { quantity: 4 })).toBe('not-enough-seats');
    expect(await askForSeats(ctx, performance, { quantity: 3 })).toMatchObject({ id: expect.any(String) });
    expect(await countSeats(ctx, performance)).toEqual({ BLOCKED: 2, HELD: 3 });
    const { json, positions, statuses } = await createSeatMaps(ctx.db).get(performance.id);
    expect(JSON.parse(Buffer.from(positions.json).toString())).toMatchObject({ statuses: 'SHHSH' });
    expect(Buffer.from(json).toString()).not.toContain('BLOCKED');
    expect([...statuses.values()].filter((status) => status === 'SOLD')).toHaveLength(2);
  });

  it('are counted apart', async () => {
    const performance = await openSale(ctx, 4);
    await blockedId(performance, [0]);
    await hold(performance, [1]);
    const request = create(GetAvailabilityRequestSchema, { concertId: performance.concertId });
    const { items } = await getAvailability({ db: ctx.db, seatCounts: createSeatCounts(ctx.db) }, request);
    expect(items).toMatchObject([{ total: 4, available: 2, held: 1, sold: 0, blocked: 1 }]);
    const { result } = await listBlocks(ctx, create(ListBlocksRequestSchema, { performanceId: performance.id }));
    expect(result?.value).toMatchObject({ items: [{ positions: [0], reason: 'Press' }], seats: { total: 4, blocked: 1 } });
  });

  it('are all of them or none, and only free ones', async () => {
    const performance = await openSale(ctx, 6);
    await hold(performance, [1]);
    const first = await blockedId(performance, [4]);
    expect(await block(performance, [0, 1, 4])).toEqual({ refused: 'seat-taken', positions: [1, 4] });
    expect(await block(performance, [0, 6])).toEqual({ refused: 'seat-not-found', positions: [6] });
    expect(await countSeats(ctx, performance)).toEqual({ AVAILABLE: 4, HELD: 1, BLOCKED: 1 });
    expect(await auditOf(first)).toEqual(['seats.block']);
  });

  it('may have been held until a moment ago, and stay blocked when that hold is tidied up', async () => {
    const performance = await openSale(ctx, 2);
    await hold(performance, [0, 1]);
    await letHoldsExpire(ctx, performance);
    expect(await block(performance, [0])).toMatchObject({ positions: [0] });
    await expireAllHolds(ctx);
    expect(await countSeats(ctx, performance)).toEqual({ BLOCKED: 1, AVAILABLE: 1 });
  });

  it('are available once released, which is written down once', async () => {
    const performance = await openSale(ctx, 3);
    const [one, other] = [await blockedId(performance, [0, 1]), await blockedId(performance, [2])];
    expect([await release(performance, one), await release(performance, one)]).toEqual(['released', 'released']);
    expect(await countSeats(ctx, performance)).toEqual({ AVAILABLE: 2, BLOCKED: 1 });
    expect(await auditOf(one)).toEqual(['seats.block', 'seats.release']);
    expect(await release(await openSale(ctx, 1), other)).toBe('block-not-found');
    expect(await hold(performance, [0, 1])).toMatchObject({ id: expect.any(String) });
  });

  it('are blocked once for each key', async () => {
    const performance = await openSale(ctx, 3);
    const key = newId();
    const [one, other] = await Promise.all([block(performance, [0], { key }), block(performance, [0], { key })]);
    expect(one.id).toBeDefined();
    expect(other).toEqual(one);
    expect(await block(performance, [1], { key })).toMatchObject({ refused: 'idempotency-key-reused' });
    expect(await countSeats(ctx, performance)).toEqual({ AVAILABLE: 2, BLOCKED: 1 });
  });
});

describe('a block that meets a hold', () => {
  /** Blocks two seats, of which somebody gets one just before. @returns the answer, and who has the seat then */
  async function blockLate(db: Database) {
    const performance = await openSale(ctx, 3);
    let held: Awaited<ReturnType<typeof hold>> | undefined;
    const late = withPause(db, "SET status = 'BLOCKED'", async () => {
      held ??= await hold(performance, [1]);
    });
    const answer = await block(performance, [0, 1], { db: late });
    const [row] = await ctx.db.query<{ status: string; reservation_id: Buffer }>(
      'SELECT status, reservation_id FROM seats WHERE performance_id = ? AND position = 1',
      [idToBinary(performance.id)],
    );
    if (!held || typeof held === 'string') throw new Error('the seat was not held');
    return { answer, isHolders: row?.status === 'HELD' && row.reservation_id.equals(idToBinary(held.id)), performance };
  }

  it('blocks nothing', async () => {
    const { answer, isHolders, performance } = await blockLate(ctx.db);
    expect(answer).toEqual({ refused: 'seat-taken', positions: [1] });
    expect(isHolders).toBe(true);
    expect(await countSeats(ctx, performance)).toEqual({ AVAILABLE: 2, HELD: 1 });
  });

  it('would take the seat without the condition in the update', async () => {
    const { answer, isHolders } = await blockLate(withoutGuard(ctx.db, `AND ${canBeHad}`, ''));
    expect(answer).toMatchObject({ positions: [0, 1] });
    expect(isHolders).toBe(false);
  });

  it('leaves each seat to one of many who want it', async () => {
    const performance = await openSale(ctx, 8);
    const outcomes = await Promise.all(
      Array.from({ length: 8 }, (_, position) => [
        hold(performance, [position]).then((held) => typeof held !== 'string'),
        block(performance, [position]).then((made) => made.id !== undefined),
      ]).map((pair) => Promise.all(pair)),
    );
    for (const [held, blocked] of outcomes) expect(Number(held) + Number(blocked)).toBe(1);
    const { AVAILABLE: free } = await countSeats(ctx, performance);
    expect(free).toBeUndefined();
  });
});
