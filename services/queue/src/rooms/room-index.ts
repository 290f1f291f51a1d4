import { createHash, randomUUID } from 'node:crypto';
import { createMicroBatcher } from '@ticketing/common/micro-batcher';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { type StateStore, swapState } from '../state/swap-state.ts';
import { keys, type Room } from './room.ts';

/** A room with work for the releaser. */
const entrySchema = z.object({
  /** When there is something to do first, in milliseconds since 1970. */
  dueAt: z.int(),
  /** Another one each time that the room is entered. */
  mark: z.string(),
});
const shardSchema = z.record(z.string(), entrySchema);
/** By shard: how often it was written to. */
const changesSchema = z.record(z.string(), z.int());

const formerIndexSchema = z.object({ concertIds: z.array(z.string()) });

/** Entries by concert. */
export type IndexShard = z.infer<typeof shardSchema>;

/** The rooms that have work for the releaser, in shards, so that no value grows with all of them. */
export interface RoomIndex {
  /** Enters the room, unless this instance has done so within this time. */
  enter: (room: Room, unlessWithinMs: number) => Promise<void>;
  /** How often each shard was written to. */
  changes: () => Promise<Record<string, number>>;
  read: (shards: number[]) => Promise<Map<number, IndexShard>>;
  /** Takes over what an earlier version had in one value. */
  adopt: () => Promise<void>;
  /** Takes rooms out that were not entered again meanwhile. @returns the remaining entries of the shard */
  remove: (shard: number, entries: IndexShard) => Promise<IndexShard>;
}

export const indexShards = 64;
/** The releaser looks at a room from so long before its opening on. */
export const openingSoonMs = 60_000;
const keptIndexSeconds = 400 * 86_400;
const entriesPerWrite = 500;
const roomsKnown = 10_000;

function shardOf(concertId: string): number {
  return createHash('sha256').update(concertId).digest().readUInt16BE() % indexShards;
}

export function createRoomIndex(store: StateStore, clock: () => number): RoomIndex {
  // By epoch: a lost room that was restarted has to be entered again.
  const entered = new LRUCache<string, number>({ max: roomsKnown });

  const enterShard = createShardWriter(store, clock);

  return {
    enter: async (room, unlessWithinMs) => {
      const last = entered.get(room.epoch);
      if (last !== undefined && performance.now() - last < unlessWithinMs) return;
      const began = performance.now();
      await enterShard(String(shardOf(room.concertId)), room);
      entered.set(room.epoch, began);
    },
    changes: async () => {
      const entry = await store.getState(keys.indexChanges);
      return entry ? changesSchema.parse(entry.value) : {};
    },
    read: async (shards) => {
      const values = await store.getStates(shards.map(keys.index));
      return new Map(shards.map((shard) => [shard, shardSchema.optional().parse(values.get(keys.index(shard))?.value) ?? {}]));
    },
    adopt: async () => {
      const entry = await store.getState(keys.formerIndex);
      const { concertIds } = formerIndexSchema.parse(entry?.value ?? { concertIds: [] });
      if (!entry || concertIds.length === 0) return;
      await Promise.all(concertIds.map((concertId) => enterShard(String(shardOf(concertId)), { concertId, opensAt: 0 })));
      await store.updateState(keys.formerIndex, { concertIds: [] }, entry.etag, keptIndexSeconds);
    },
    remove: async (shard, entries) => {
      const remove = (current: IndexShard = {}): IndexShard =>
        Object.fromEntries(Object.entries(current).filter(([concertId, { mark }]) => entries[concertId]?.mark !== mark));
      return (await swapState(store, keys.index(shard), shardSchema, remove, keptIndexSeconds)) ?? {};
    },
  };
}

/** Enters rooms into a shard; those that come together are written together. */
function createShardWriter(
  store: StateStore,
  clock: () => number,
): (shard: string, room: Pick<Room, 'concertId' | 'opensAt'>) => Promise<true> {
  const countChanges = createMicroBatcher<string, true>({ limit: entriesPerWrite }, async (key, shards) => {
    const count = (current: z.infer<typeof changesSchema> = {}): z.infer<typeof changesSchema> => {
      const changed = { ...current };
      for (const shard of new Set(shards)) changed[shard] = (changed[shard] ?? 0) + 1;
      return changed;
    };
    await swapState(store, key, changesSchema, count, keptIndexSeconds);
    return shards.map(() => true);
  });
  return createMicroBatcher<Pick<Room, 'concertId' | 'opensAt'>, true>({ limit: entriesPerWrite }, async (shard, rooms) => {
    const now = clock();
    const entries = rooms.map(
      ({ concertId, opensAt }) => [concertId, { dueAt: Math.max(opensAt - openingSoonMs, now), mark: randomUUID() }] as const,
    );
    const enter = (current: IndexShard = {}): IndexShard => ({ ...current, ...Object.fromEntries(entries) });
    await swapState(store, keys.index(Number(shard)), shardSchema, enter, keptIndexSeconds);
    // After the shard: who sees the change finds the entry.
    await countChanges(keys.indexChanges, shard);
    return rooms.map(() => true);
  });
}
