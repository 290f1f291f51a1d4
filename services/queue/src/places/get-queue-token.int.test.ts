import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TokenStatus } from '@ticketing/contracts/gen/ticketing/queue/v1/queue_pb';
import { createCounters } from '../admission/counters.ts';
import { takePass } from '../admission/take-pass.ts';
import type { Context } from '../context.ts';
import { keys } from '../rooms/room.ts';
import { createTestContext, join, look, newPeople, openRoom, releaseRoomNow } from '../testing/test-rooms.ts';
import { createPlaces } from './places.ts';

let ctx: Context;
beforeAll(async () => {
  ctx = await createTestContext('polled');
});
afterAll(() => ctx.stop());

/** The instance with nothing in its memory, and a count of what it asks the store from now on, by the first part of the key. */
function counted(): { polled: Context; reads: Map<string, number> } {
  const reads = new Map<string, number>();
  const getState = (key: string) => {
    const kind = key.split(':')[0] ?? key;
    reads.set(kind, (reads.get(kind) ?? 0) + 1);
    return ctx.sidecar.getState(key);
  };
  const store = {
    getState,
    getStates: ctx.sidecar.getStates.bind(ctx.sidecar),
    createState: ctx.sidecar.createState.bind(ctx.sidecar),
    saveStates: ctx.sidecar.saveStates.bind(ctx.sidecar),
    updateState: ctx.sidecar.updateState.bind(ctx.sidecar),
  };
  return { polled: { ...ctx, places: createPlaces(store), counters: createCounters(store) }, reads };
}

describe('a poll', () => {
  it('reads nothing: each place is read once, and the room’s counter twice a second for all', async () => {
    const people = newPeople(20);
    const concertId = await openRoom(ctx, { capacity: 5 });
    for (const userId of people) await join(ctx, concertId, userId);
    await releaseRoomNow(ctx, concertId);
    for (const userId of people) await look(ctx, concertId, userId);

    const { polled, reads } = counted();
    for (const userId of people) await look(polled, concertId, userId);
    expect(reads.get('place')).toBe(20);
    const started = performance.now();
    for (let round = 0; round < 50; round += 1) {
      const told = await Promise.all(people.map((userId) => look(polled, concertId, userId)));
      expect(told.filter((answer) => typeof answer === 'object' && answer.status === TokenStatus.ACTIVE)).toHaveLength(5);
    }
    expect(reads.get('place')).toBe(20);
    expect(reads.get('admission')).toBeLessThanOrEqual(2 + (performance.now() - started) / 500);
  });
});

describe('a pass', () => {
  it('marks its place at the next visit, when the instance that gave it died before it could', async () => {
    const [userId = ''] = newPeople(1);
    const concertId = await openRoom(ctx, { capacity: 1 });
    const { position } = await join(ctx, concertId, userId);
    await releaseRoomNow(ctx, concertId);
    const room = await ctx.rooms.find(concertId);
    if (!room) throw new Error('the room is gone');
    // What the other instance has left behind.
    await ctx.counters.change(room, (serving) => takePass(serving, position, { capacity: 1, passTtlMs: 60_000, now: ctx.clock() }));
    const storedPlace = async () => (await ctx.sidecar.getState(keys.place(concertId, userId)))?.value;
    expect(await storedPlace()).toMatchObject({ taken: false });

    expect(await look(ctx, concertId, userId)).toMatchObject({ status: TokenStatus.ACTIVE, position });
    expect(await storedPlace()).toMatchObject({ taken: true });
  });
});
