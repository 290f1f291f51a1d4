import { describe, expect, it } from '@jest/globals';
import { takePlaces } from '../places/take-places.ts';
import { keys, newRoom, type Room } from '../rooms/room.ts';
import { createRoomIndex } from '../rooms/room-index.ts';
import { createRooms } from '../rooms/rooms.ts';
import { createMemoryStore } from '../testing/memory-store.ts';
import { createCounters } from './counters.ts';
import { type ReleaserParts, releaseWaiting } from './releaser.ts';
import { activeCount, nobodyServed } from './serving.ts';

async function roomWithWaiting(people: number, change: Partial<Room> = {}) {
  const store = createMemoryStore();
  const room = { ...newRoom('concert', 0), ...change };
  await store.createState(keys.room('concert'), room);
  const userIds = Array.from({ length: people }, (_, index) => `user-${index}`);
  await takePlaces(store, { room, certain: true, userIds, serving: nobodyServed, now: 0 });
  const instance = (): ReleaserParts => ({
    store,
    index: createRoomIndex(store),
    counters: createCounters(store),
    seatsLeft: () => Promise.resolve({ available: undefined, soldOut: false }),
    admissionOf: () => ({ capacity: 20, passTtlSeconds: 600 }),
    clock: () => 1_000,
  });
  await instance().index.add(room);
  return { room, instance };
}

describe('the releaser', () => {
  it('never lets in more than the capacity, even when several are at work while passes end', async () => {
    const { room, instance } = await roomWithWaiting(100);
    const instances = [instance(), instance(), instance()];
    const ended: Promise<unknown>[] = [];
    for (let turn = 0; turn < 10; turn += 1) {
      await Promise.all(instances.map(releaseWaiting));
      const serving = await instances[0]!.counters.reload(room);
      expect(activeCount(serving, 1_000)).toBeLessThanOrEqual(20);
      ended.push(instances[turn % 3]!.counters.countEnd(room, { position: turn + 1, how: 'paid' }));
    }
    await Promise.all(ended);
    await releaseWaiting(instance());
    const serving = await instances[0]!.counters.reload(room);
    expect(serving.serving).toBe(30);
    expect(activeCount(serving, 1_000)).toBe(20);
  });

  it.each<[string, Partial<Room>]>([
    ['paused', { paused: true }],
    ['not yet open', { opensAt: 1_001 }],
  ])('lets nobody into a room that is %s', async (_name, change) => {
    const { room, instance } = await roomWithWaiting(5, change);
    await releaseWaiting(instance());
    expect(await instance().counters.get(room)).toEqual(nobodyServed);
  });
});

describe('a room', () => {
  it('is made once, whoever asks first, and keeps its own values when changed', async () => {
    const store = createMemoryStore();
    const [one, other] = [createRooms(store, () => Promise.resolve(5)), createRooms(store, () => Promise.resolve(5))];
    const made = await Promise.all([one.get('concert'), other.get('concert'), other.create('concert', 9)]);
    expect(new Set(made.map((room) => ('epoch' in room ? room.epoch : ''))).size).toBe(1);
    await one.update('concert', { capacity: 3 });
    expect(await other.reload('concert')).toMatchObject({ capacity: 3, paused: false });
  });
});
