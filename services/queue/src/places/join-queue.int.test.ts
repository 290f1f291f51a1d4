import { create } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { isRefusal } from '@ticketing/common/refusal';
import { JoinQueueRequestSchema } from '@ticketing/contracts/gen/ticketing/queue/v1/queue_pb';
import type { Context } from '../context.ts';
import { keys } from '../rooms/room.ts';
import type { SettingKey } from '../settings.ts';
import type { StateStore } from '../state/swap-state.ts';
import { createTestContext, join, newPeople, openRoom } from '../testing/test-rooms.ts';
import { joinQueue } from './join-queue.ts';
import { createJoinRoom, type JoinRoom } from './join-room.ts';
import { tailSchema } from './take-places.ts';

let instances: [Context, Context];
beforeAll(async () => {
  instances = await Promise.all([createTestContext('one'), createTestContext('two')]);
});
afterAll(() => Promise.all(instances.map((ctx) => ctx.stop())));

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

function instanceOf(index: number): Context {
  return instances[index % 2]!;
}

async function tailOf(concertId: string): Promise<number> {
  const room = await instances[0].rooms.reload(concertId);
  if (isRefusal(room)) throw new Error('the room is gone');
  const state = await instances[0].sidecar.getState(keys.tail(room));
  // Until somebody joins there is none.
  return state?.value === undefined ? 0 : tailSchema.parse(state.value).tail;
}

describe('joinQueue', () => {
  it('gives a thousand people at two instances places 1..n, each once, and keeps them', async () => {
    const concertId = await openRoom(instances[0]);
    const people = newPeople(1_000);
    const joined = await Promise.all(people.map((userId, index) => join(instanceOf(index), concertId, userId)));
    const positions = joined.map(({ position }) => position);
    expect(joined.every(({ created }) => created)).toBe(true);
    expect(positions.toSorted((a, b) => a - b)).toEqual(upTo(1_000));

    for (const other of [0, 1]) {
      const again = await Promise.all(people.map((userId, index) => join(instanceOf(index + other), concertId, userId)));
      expect(again.map(({ position }) => position)).toEqual(positions);
      expect(again.some(({ created }) => created)).toBe(false);
    }
    expect(await tailOf(concertId)).toBe(1_000);
  });

  it('gives one person one place, however often and wherever they join at once', async () => {
    const concertId = await openRoom(instances[0]);
    const [userId] = newPeople(1);
    const answers = await Promise.all(upTo(40).map((index) => join(instanceOf(index), concertId, userId!)));
    expect(answers.map(({ position }) => position)).toEqual(answers.map(() => 1));
    expect(await tailOf(concertId)).toBe(1);
  });

  it('calls one of many joins at once the first, and the others repeated', async () => {
    const concertId = await openRoom(instances[0]);
    const [userId] = newPeople(1);
    const answers = await Promise.all(upTo(40).map((index) => join(instanceOf(index), concertId, userId!)));
    expect(answers.filter(({ created }) => created)).toHaveLength(1);
  });

  it('is for verified addresses only where the setting says so', async () => {
    const [ctx] = instances;
    const concertId = await openRoom(ctx);
    const [userId = ''] = newPeople(1);
    const ask = async (verifiedOnly: number, verified: boolean) => {
      const settings = {
        ...ctx.settings,
        get: (key: SettingKey) => (key === 'queue.verified-only' ? verifiedOnly : ctx.settings.get(key)),
      };
      const { result } = await joinQueue({ ...ctx, settings }, create(JoinQueueRequestSchema, { concertId, userId, verified }));
      return result?.case === 'token' ? 'joined' : result?.value?.code;
    };
    expect(await ask(1, false)).toBe('address-not-verified');
    expect(await tailOf(concertId)).toBe(0);
    expect(await ask(1, true)).toBe('joined');
    expect(await ask(0, false)).toBe('joined');
    expect(await tailOf(concertId)).toBe(1);
  });

  it('would give places twice without the compare-and-set on the tail', async () => {
    const concertId = await openRoom(instances[0]);
    const unguarded = instances.map(joinWithBlindTail);
    const positions: number[] = [];
    for (let round = 0; round < 10; round += 1) {
      const joined = await Promise.all(newPeople(20).map((userId, index) => unguarded[index % 2]!(concertId, userId)));
      for (const place of joined) if (!isRefusal(place)) positions.push(place.place.joinNumber);
    }
    expect(positions).toHaveLength(200);
    expect(new Set(positions).size).toBeLessThan(200);
  });

  it('refuses a concert that does not exist, by asking the concert service', async () => {
    const [concertId, userId] = newPeople(2);
    await expect(join(instances[0], concertId!, userId!)).rejects.toThrow('refused: concert-not-found');
  });
});

/** Joins of one instance for which the last writer of a tail wins, whatever was written in between. */
function joinWithBlindTail(ctx: Context): JoinRoom {
  const { sidecar, rooms, index, joinedRooms, joinsOpenMs, counters, absences, places, draws, clock } = ctx;
  const write = async (key: string, value: unknown): Promise<boolean> => {
    for (;;) {
      const entry = await sidecar.getState(key);
      if (entry ? await sidecar.updateState(key, value, entry.etag) : await sidecar.createState(key, value)) return true;
    }
  };
  const isTail = (key: string): boolean => key.startsWith('line:');
  const store: StateStore = {
    getState: (key) => sidecar.getState(key),
    getStates: (wanted) => sidecar.getStates(wanted),
    saveStates: (entries) => sidecar.saveStates(entries),
    createState: (key, value, ttl) => (isTail(key) ? write(key, value) : sidecar.createState(key, value, ttl)),
    updateState: (key, value, etag, ttl) => (isTail(key) ? write(key, value) : sidecar.updateState(key, value, etag, ttl)),
  };
  const parts = { rooms, index, joinedRooms, joinsOpenMs, counters, absences, places, draws, clock };
  return createJoinRoom({ ...parts, store, mostPlaces: () => 5 });
}
