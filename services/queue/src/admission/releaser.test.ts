import { describe, expect, it } from '@jest/globals';
import { createLogger } from '@ticketing/common/log';
import fc from 'fast-check';
import { createDraws } from '../draw/draw.ts';
import { createAbsences } from '../places/absences.ts';
import { takePlaces } from '../places/take-places.ts';
import { createDatabaseClock } from '../rooms/database-clock.ts';
import { keys, newRoom, type Room } from '../rooms/room.ts';
import { createRoomIndex } from '../rooms/room-index.ts';
import type { StateStore } from '../state/swap-state.ts';
import { createMemoryStore, type MemoryStore } from '../testing/memory-store.ts';
import { createCounters } from './counters.ts';
import { type ReleaserParts, visitRooms } from './releaser.ts';
import { endPlace, livePasses, nobodyServed, openCalls, passEnd } from './serving.ts';
import { takePass } from './take-pass.ts';

const log = createLogger({ service: 'queue', instance: 'test', level: 'silent' });

async function roomWithWaiting(people: number, change: Partial<Room> = {}) {
  const store = createMemoryStore();
  const room = { ...newRoom('concert', 0), ...change };
  await store.createState(keys.room('concert'), room);
  const userIds = Array.from({ length: people }, (_, index) => `user-${index}`);
  await takePlaces(store, {
    room,
    certain: true,
    userIds,
    serving: nobodyServed,
    draws: createDraws(createAbsences(store)),
    mostPlaces: 5,
    now: 0,
  });
  const instance = (): ReleaserParts => ({
    store,
    index: createRoomIndex(store, () => 1_000),
    log,
    counters: createCounters(store),
    absences: createAbsences(store),
    seatsLeft: () => Promise.resolve({ seats: undefined, soldOut: false }),
    admissionOf: () => ({ capacity: 20, passTtlSeconds: 600, noShowSeconds: 45, graceSeconds: 600, seatOverbooking: 3 }),
    clock: () => 1_000,
    observe: () => undefined,
  });
  return { room, store, instance };
}

const limits = { capacity: 20, passTtlMs: 600_000, now: 1_000 };
const takeAt = ({ counters }: ReleaserParts, room: Room, position: number) =>
  counters.change(room, (serving) => takePass(serving, position, limits));
const payAt = ({ counters }: ReleaserParts, room: Room, position: number) =>
  counters.change(room, (serving) => endPlace(serving, { joinNumber: position, position, how: 'paid' }));

const releaseWaiting = (parts: ReleaserParts) => visitRooms(parts, ['concert']);

describe('the releaser', () => {
  it('never lets in more than the capacity, even when several are at work while passes are taken and end', async () => {
    const { room, instance } = await roomWithWaiting(100);
    const instances = [instance(), instance(), instance()];
    for (let turn = 0; turn < 10; turn += 1) {
      await Promise.all(instances.map(releaseWaiting));
      const { serving } = await instances[0]!.counters.reload(room);
      await Promise.all(Array.from({ length: serving }, (_, index) => takeAt(instances[index % 3]!, room, index + 1)));
      expect(livePasses(await instances[0]!.counters.reload(room), 1_000)).toBeLessThanOrEqual(20);
      await payAt(instances[turn % 3]!, room, turn + 1);
    }
    await releaseWaiting(instance());
    const serving = await instances[0]!.counters.reload(room);
    expect(serving.serving).toBe(30);
    expect(livePasses(serving, 1_000) + openCalls(serving)).toBe(20);
  });

  it('never over-admits in any order of the steps of releasers, visitors and payments', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.integer({ min: 1, max: 40 }), async (scheduler, people) => {
        const { room, store, instance } = await roomWithWaiting(people);
        const slow = slowedBy(store, scheduler);
        const instances = [instance(), instance()].map((parts) => ({ ...parts, store: slow, counters: createCounters(slow) }));
        const work = [
          ...instances.flatMap((parts) => [releaseWaiting(parts), releaseWaiting(parts)]),
          ...Array.from({ length: people }, (_, index) => takeAt(instances[index % 2]!, room, index + 1)),
          ...[1, 2, 3].map((position) => payAt(instances[position % 2]!, room, position)),
        ];
        await scheduler.waitFor(Promise.allSettled(work));
        const serving = await instance().counters.reload(room);
        expect(serving.serving).toBeLessThanOrEqual(Math.min(people, 23));
        expect(livePasses(serving, 1_000)).toBeLessThanOrEqual(20);
      }),
      { numRuns: 30 },
    );
  }, 60_000);

  it('would over-admit without the compare-and-set', async () => {
    const { room, store, instance } = await roomWithWaiting(100);
    const blind = { ...store, updateState: (key: string, value: unknown) => overwrite(store, key, value) };
    const unguarded = () => ({ ...instance(), counters: createCounters(blind) });
    const instances = Array.from({ length: 4 }, unguarded);
    await releaseWaiting(instances[0]!);
    const granted = await Promise.all(
      Array.from({ length: 40 }, async (_, index) => {
        const position = (index % 20) + 1;
        const parts = instances[index % 4]!;
        await takeAt(parts, room, position);
        if (index >= 20) await payAt(parts, room, position);
        await releaseWaiting(parts);
        return passEnd(await parts.counters.reload(room), position, 1_000) !== undefined;
      }),
    );
    // Ends that were overwritten come back, and passes that were given are forgotten: the numbers do not add up any more.
    const serving = await instance().counters.reload(room);
    expect(serving.ended.taken === 20 && granted.filter(Boolean).length === 20 && serving.ended.paid === 20).toBe(false);
  });

  it.each([60_000, -60_000])('draws when the database’s clock says so, though its own is off by %s ms', async (byMs) => {
    const { room, instance } = await roomWithWaiting(30, { opensAt: 100_000 });
    let time = 99_000;
    const clock = createDatabaseClock({ ask: () => Promise.resolve(time), log, own: () => time + byMs });
    await clock.follow();
    const parts = { ...instance(), clock: clock.now };
    time = 99_999;
    await releaseWaiting(parts);
    expect((await parts.counters.reload(room)).drawn).toBeUndefined();
    time = 100_000;
    await releaseWaiting(parts);
    expect(await parts.counters.reload(room)).toMatchObject({ drawn: 30, serving: 20 });
  });

  it('draws the places of a room that has opened, once, and lets nobody into the draw after that', async () => {
    const { room, store, instance } = await roomWithWaiting(30, { opensAt: 500 });
    await Promise.all([instance(), instance()].map(releaseWaiting));
    expect(await instance().counters.get(room)).toMatchObject({ drawn: 30, serving: 20 });
    const serving = await instance().counters.reload(room);
    const [late] = await takePlaces(store, {
      ...{ room, certain: true, userIds: ['late'], serving, draws: createDraws(createAbsences(store)), mostPlaces: 5, now: 400 },
    });
    expect(late?.place).toMatchObject({ joinNumber: 31, position: 31 });
  });

  it.each<[string, Partial<Room>]>([
    ['paused', { paused: true }],
    ['closed', { closed: true }],
    ['not yet open', { opensAt: 1_001 }],
  ])('lets nobody into a room that is %s', async (_name, change) => {
    const { room, instance } = await roomWithWaiting(5, change);
    await releaseWaiting(instance());
    expect(await instance().counters.get(room)).toMatchObject({ serving: 0, calls: [] });
  });
});

/** Every answer of the store comes when the scheduler says so. */
function slowedBy(store: MemoryStore, scheduler: fc.Scheduler): StateStore {
  return {
    getState: scheduler.scheduleFunction((key: string) => store.getState(key)),
    getStates: scheduler.scheduleFunction((wanted: string[]) => store.getStates(wanted)),
    createState: scheduler.scheduleFunction((key: string, value: unknown, ttl: number) => store.createState(key, value, ttl)),
    saveStates: scheduler.scheduleFunction((entries: { key: string; value: unknown; etag?: string | undefined; ttlSeconds: number }[]) =>
      store.saveStates(entries),
    ),
    updateState: scheduler.scheduleFunction((key: string, value: unknown, etag: string) => store.updateState(key, value, etag)),
  };
}

async function overwrite(store: MemoryStore, key: string, value: unknown): Promise<boolean> {
  for (;;) {
    const entry = await store.getState(key);
    if (entry && (await store.updateState(key, value, entry.etag))) return true;
  }
}
