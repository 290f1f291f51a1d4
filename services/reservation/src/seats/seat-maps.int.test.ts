import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { create } from '@bufbuild/protobuf';
import { timestampMs } from '@bufbuild/protobuf/wkt';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Database, idToBinary } from '@ticketing/common/database';
import { pollUntil } from '@ticketing/common/poll-until';
import {
  GetSeatChangesRequestSchema,
  GetSeatMapRequestSchema,
  SeatChangesSchema,
  type SeatMap as SeatMapMessage,
  SeatStatus as SeatStatusCode,
} from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import { z } from 'zod';
import type { Context } from '../context.ts';
import type { Performance } from '../performances/performances.ts';
import { askForSeats, createTestContext, letHoldsExpire, openSale } from '../testing/test-sale.ts';
import { getSeatChanges } from './get-seat-changes.ts';
import { getSeatMap } from './get-seat-map.ts';
import { createSeatMaps } from './seat-maps.ts';

let ctx: Context;
beforeAll(async () => {
  ctx = await createTestContext();
});
afterAll(() => ctx.stop());

const mapJson = z.object({ version: z.number(), seats: z.array(z.object({ id: z.string(), status: z.string() })) });

function seatMapQueries(db: Database) {
  const counts = { queries: 0 };
  const query: Database['query'] = (sql, values) => {
    if (sql.includes('FROM seats')) counts.queries += 1;
    return db.query(sql, values);
  };
  return { counts, db: { ...db, query } };
}

/** What the map shows when it is read now, whatever a cache has. */
async function present(performance: Performance) {
  const { json } = await createSeatMaps(ctx.db).get(performance.id);
  const { version, seats } = mapJson.parse(JSON.parse(Buffer.from(json).toString()));
  return { version, statuses: new Map(seats.map(({ id, status }) => [id, status])) };
}

async function map(performance: Performance, more: { ifNoneMatch?: string; encoding?: string } = {}): Promise<Partial<SeatMapMessage>> {
  const request = create(GetSeatMapRequestSchema, { performanceId: performance.id, passConcertId: performance.concertId, ...more });
  const { result } = await getSeatMap(ctx, request);
  if (result?.case !== 'seatMap') throw new Error('refused');
  return result.value;
}

const names: Record<number, string> = {
  [SeatStatusCode.AVAILABLE]: 'AVAILABLE',
  [SeatStatusCode.HELD]: 'HELD',
  [SeatStatusCode.SOLD]: 'SOLD',
};

/** A client that has nothing at first, and follows by changes. */
function follower(performance: Performance, contextOf: () => Pick<Context, 'performances' | 'seatMaps'>) {
  const state = { etag: '', version: 0, readAt: 0, complete: 0, statuses: new Map<string, string>() };
  const look = async (): Promise<void> => {
    const request = create(GetSeatChangesRequestSchema, { performanceId: performance.id, etag: state.etag });
    const { result } = await getSeatChanges(contextOf(), request);
    if (result?.case !== 'changes') throw new Error('refused');
    const { etag = '', version = 0n, complete = false, changes = [] } = result.value;
    const readAt = timestampMs(create(SeatChangesSchema, result.value).readAt!);
    expect(readAt).toBeGreaterThanOrEqual(state.readAt);
    if (complete) state.complete += 1;
    for (const { seatId = '', status = 0 } of changes) state.statuses.set(seatId, names[status] ?? '');
    Object.assign(state, { etag, version: Number(version), readAt });
  };
  return { state, look };
}

describe('the seat map', () => {
  it('is read once for two hundred who ask at once', async () => {
    const performance = await openSale(ctx, 100);
    const { counts, db } = seatMapQueries(ctx.db);
    const maps = createSeatMaps(db);
    await Promise.all(Array.from({ length: 200 }, () => maps.get(performance.id)));
    expect(counts.queries).toBe(1);
    await maps.get(performance.id);
    expect(counts.queries).toBe(1);
  });

  it('is compressed for who asks, and left out for who has it', async () => {
    const performance = await openSale(ctx, 50);
    const plain = await map(performance);
    expect((await map(performance, { ifNoneMatch: plain.etag ?? '' })).notModified).toBe(true);
    for (const [encoding, decompress] of [
      ['gzip', gunzipSync],
      ['br', brotliDecompressSync],
    ] as const) {
      const packed = await map(performance, { encoding });
      expect(packed.encoding).toBe(encoding);
      expect(decompress(packed.json ?? '').equals(Buffer.from(plain.json ?? ''))).toBe(true);
      expect(packed.json?.length).toBeLessThan((plain.json?.length ?? 0) / 2);
    }
    expect((await map(performance, { encoding: 'zstd' })).encoding).toBe('');
  });

  it('counts the end of a hold as a change, although nobody wrote it', async () => {
    const performance = await openSale(ctx, 3);
    await askForSeats(ctx, performance, { quantity: 1 });
    const held = await present(performance);
    await letHoldsExpire(ctx, performance);
    const free = await present(performance);
    expect([...held.statuses.values()].filter((status) => status === 'HELD')).toHaveLength(1);
    expect([...free.statuses.values()].filter((status) => status === 'HELD')).toEqual([]);
    expect(free.version).toBeGreaterThan(held.version);
  });
});

describe('seat changes', () => {
  it('lead who follows them to exactly the state that there is, while seats are taken', async () => {
    const performance = await openSale(ctx, 40);
    // Two instances, between which the follower changes as the load balancer likes.
    const fresh = () => {
      let maps = createSeatMaps(ctx.db);
      return {
        get: (id: string) => maps.get(id),
        changes: (id: string, etag: string) => maps.changes(id, etag),
        renew: () => (maps = createSeatMaps(ctx.db)),
      };
    };
    const [one, two] = [fresh(), fresh()];
    let turn = 0;
    const { state, look } = follower(performance, () => ({ performances: ctx.performances, seatMaps: turn++ % 3 === 0 ? two : one }));
    await look();
    for (let buyer = 0; buyer < 12; buyer += 1) {
      await askForSeats(ctx, performance, { quantity: 2 });
      two.renew();
      one.renew();
      await look();
    }
    const { statuses } = await present(performance);
    expect(state.statuses).toEqual(statuses);
    expect([...statuses.values()].filter((status) => status === 'HELD')).toHaveLength(24);
  });

  it('show a sale that is committed after the end of its hold as read later, although its version is lower', async () => {
    const performance = await openSale(ctx, 2);
    await askForSeats(ctx, performance, { quantity: 1 });
    const id = idToBinary(performance.id);
    await letHoldsExpire(ctx, performance);
    await ctx.db.execute('UPDATE seats SET changed_at = UTC_TIMESTAMP(3) - INTERVAL 1 HOUR WHERE performance_id = ?', [id]);
    const { state, look } = follower(performance, () => ({ performances: ctx.performances, seatMaps: createSeatMaps(ctx.db) }));
    const soldInTime = `UPDATE seats SET status = 'SOLD', changed_at = hold_expires_at - INTERVAL 5000 MICROSECOND, hold_expires_at = NULL
      WHERE performance_id = ? AND status = 'HELD'`;
    await ctx.db.transaction(async (tx) => {
      expect(await tx.execute(soldInTime, [id])).toBe(1);
      await look();
    });
    const before = { ...state };
    expect([...state.statuses.values()]).toEqual(['AVAILABLE', 'AVAILABLE']);
    await look();
    expect([...state.statuses.values()].sort()).toEqual(['AVAILABLE', 'SOLD']);
    expect(state.version).toBeLessThan(before.version);
    expect(state.readAt).toBeGreaterThanOrEqual(before.readAt);
  });

  it('of seats that stay as they are say when that was seen last', async () => {
    const performance = await openSale(ctx, 1);
    const { state, look } = follower(performance, () => ctx);
    await look();
    const { etag, readAt } = state;
    const seen = await pollUntil(async () => {
      await look();
      return state.readAt > readAt ? state.etag : undefined;
    }, 10_000);
    expect(seen).toBe(etag);
  });

  it('are few for who follows one instance', async () => {
    const performance = await openSale(ctx, 30);
    const { state, look } = follower(performance, () => ctx);
    await look();
    expect(state.statuses.size).toBe(30);
    await askForSeats(ctx, performance, { quantity: 2 });
    await untilNewSnapshot(performance, state.etag);
    await look();
    expect(state.complete).toBe(1);
    expect(state.statuses).toEqual((await present(performance)).statuses);
  });
});

/** Waits until the context's own snapshot is another one. */
async function untilNewSnapshot(performance: Performance, etag: string): Promise<void> {
  const seen = await pollUntil(async () => ((await ctx.seatMaps.get(performance.id)).etag === etag ? undefined : true), 10_000);
  if (!seen) throw new Error('the snapshot stays');
}
