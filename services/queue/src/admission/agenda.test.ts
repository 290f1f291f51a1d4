import { describe, expect, it } from '@jest/globals';
import { createLogger } from '@ticketing/common/log';
import { createAbsences } from '../places/absences.ts';
import { emptyTail } from '../places/take-places.ts';
import { keys, newRoom, type Room } from '../rooms/room.ts';
import { createRoomIndex, indexShards } from '../rooms/room-index.ts';
import { createMemoryStore } from '../testing/memory-store.ts';
import { createCounters } from './counters.ts';
import { createReleaser } from './releaser.ts';

const hourMs = 3_600_000;
const log = createLogger({ service: 'queue', instance: 'test', level: 'silent' });

/** Rooms that people have joined, and releasers that count what they read of the store. */
function joinedRooms() {
  const store = createMemoryStore();
  const time = { now: 1_000 };
  const clock = () => time.now;
  const index = createRoomIndex(store, clock);
  const read: string[] = [];
  const counted = {
    ...store,
    getState: (key: string) => {
      read.push(key);
      return store.getState(key);
    },
    getStates: (wanted: string[]) => {
      read.push(...wanted);
      return store.getStates(wanted);
    },
  };
  const releaser = () =>
    createReleaser({
      store: counted,
      index: createRoomIndex(counted, clock),
      counters: createCounters(counted),
      absences: createAbsences(counted),
      seatsLeft: () => Promise.resolve({ seats: undefined, soldOut: false }),
      admissionOf: () => ({ capacity: 1, passTtlSeconds: 600, noShowSeconds: 45, graceSeconds: 600, seatOverbooking: 3 }),
      clock,
      log,
      observe: () => undefined,
    });
  const open = async (concertId: string, tail: number, change: Partial<Room> = {}): Promise<Room> => {
    const room = { ...newRoom(concertId, 0), ...change };
    await store.createState(keys.room(concertId), room);
    if (tail > 0) await store.createState(keys.tail(room), { ...emptyTail, tail, drawn: 0 });
    await index.enter(room, 0);
    return room;
  };
  const readsOf = async (turn: () => Promise<void>): Promise<string[]> => {
    read.length = 0;
    await turn();
    return [...read];
  };
  const served = async (room: Room): Promise<number> => (await createCounters(store).get(room)).serving;
  return { store, time, index, releaser, open, readsOf, served };
}

const upTo = (count: number) => Array.from({ length: count }, (_, number) => number + 1);

describe('a turn of the releaser', () => {
  it('reads one key while five thousand joined rooms have not opened', async () => {
    const { time, releaser, open, readsOf } = joinedRooms();
    await Promise.all(upTo(5_000).map((number) => open(`concert-${number}`, 1, { opensAt: hourMs })));
    const turn = releaser();
    expect(await readsOf(turn)).toHaveLength(2 + indexShards);
    expect(await readsOf(turn)).toEqual([keys.indexChanges]);
    time.now += 60_000;
    expect(await readsOf(turn)).toEqual([keys.indexChanges]);
  }, 60_000);

  it('looks at so many rooms only, at the crowded one each time, and comes to all of them', async () => {
    const { time, releaser, open, readsOf, served } = joinedRooms();
    const rooms = await Promise.all(upTo(1_000).map((number) => open(`concert-${number}`, 1)));
    const crowded = await open('crowded', 500);
    const turn = releaser();
    await turn();
    for (let left = 8; left > 0; left -= 1) {
      time.now += 500;
      const looks = (await readsOf(turn)).filter((key) => key.startsWith('room:'));
      expect(looks.length).toBeLessThanOrEqual(200);
      if (left < 4) expect(looks).toContain(keys.room(crowded.concertId));
    }
    expect(await Promise.all([...rooms, crowded].map(served))).toEqual([...rooms, crowded].map(() => 1));
  }, 60_000);

  it('ends after a while when the store is slow, with the crowded rooms first, and comes to all of them', async () => {
    const { store, time, releaser, open, readsOf, served } = joinedRooms();
    const rooms = await Promise.all(upTo(300).map((number) => open(`concert-${number}`, 1)));
    const crowds = await Promise.all(upTo(60).map((number) => open(`crowd-${number}`, 100 + number)));
    const turn = releaser();
    await turn();
    await turn();
    const { getStates } = store;
    store.getStates = (keysOfRead) => {
      time.now += 10;
      return getStates(keysOfRead);
    };
    const looksOf = async () => (await readsOf(turn)).filter((key) => key.startsWith('room:'));
    const looks = await looksOf();
    expect(looks).toHaveLength(75);
    expect(looks).toEqual(expect.arrayContaining(crowds.slice(-55).map(({ concertId }) => keys.room(concertId))));
    for (let turns = 0; turns < 20; turns += 1) await looksOf();
    expect(await Promise.all(rooms.map(served))).toEqual(rooms.map(() => 1));
  }, 60_000);

  it('looks at a room now and then once its line has moved no more, at once when somebody joins, and never when it is over', async () => {
    const { store, time, index, releaser, open, readsOf, served } = joinedRooms();
    const room = await open('concert', 1);
    const turn = releaser();
    await turn();
    const looksAt = async () => (await readsOf(turn)).includes(keys.room('concert'));
    expect(await served(room)).toBe(1);
    time.now += 5_500;
    await turn();
    time.now += 500;
    expect(await looksAt()).toBe(false);

    const { etag } = (await store.getState(keys.tail(room)))!;
    await store.updateState(keys.tail(room), { ...emptyTail, tail: 2, drawn: 0 }, etag);
    await index.enter(room, 0);
    expect(await looksAt()).toBe(true);

    const { etag: version } = (await store.getState(keys.room('concert')))!;
    await store.updateState(keys.room('concert'), { ...room, endsAt: time.now }, version);
    for (const pauseMs of [5_000, 60_000, 60_000]) {
      time.now += pauseMs;
      await turn();
    }
    expect(await readsOf(turn)).toEqual([keys.indexChanges]);
    expect(await readsOf(releaser())).not.toContain(keys.room('concert'));
  });

  it('does not take out a room that is entered again beside it', async () => {
    const { time, index, releaser, open, readsOf } = joinedRooms();
    const room = await open('concert', 0);
    const turn = releaser();
    await turn();
    const [shard, known] = [...(await index.read(upTo(indexShards - 1)))].find(([, entries]) => entries['concert']) ?? [0, {}];
    await index.enter(room, 0);
    expect(await index.remove(shard, known)).toHaveProperty('concert');
    time.now += 70_000;
    expect(await readsOf(turn)).toContain(keys.room('concert'));
  });

  it('serves the others when a room can’t be read, and fails when none can', async () => {
    const { store, time, releaser, open, served } = joinedRooms();
    const [bad, good] = [await open('bad', 1), await open('good', 1)];
    const { etag } = (await store.getState(keys.room('bad')))!;
    await store.updateState(keys.room('bad'), { nonsense: true }, etag);
    const turn = releaser();
    await turn();
    expect(await Promise.all([bad, good].map(served))).toEqual([0, 1]);
    time.now += 500;
    await turn();

    const { etag: version } = (await store.getState(keys.room('good')))!;
    await store.updateState(keys.room('good'), { nonsense: true }, version);
    time.now += 5_000;
    await expect(turn()).rejects.toThrow('epoch');
  });

  it('takes over the rooms of an earlier version’s index, once', async () => {
    const { store, releaser, served } = joinedRooms();
    const room = newRoom('concert', 0);
    await store.createState(keys.room('concert'), room);
    await store.createState(keys.tail(room), { ...emptyTail, tail: 1, drawn: 0 });
    await store.createState(keys.formerIndex, { concertIds: ['concert', 'forgotten'] });
    await releaser()();
    expect(await served(room)).toBe(1);
    expect((await store.getState(keys.formerIndex))?.value).toEqual({ concertIds: [] });
  });
});
