import { describe, expect, it } from '@jest/globals';
import { createLogger } from '@ticketing/common/log';
import { isRefusal } from '@ticketing/common/refusal';
import fc from 'fast-check';
import { createCounters } from '../admission/counters.ts';
import { countWaiting } from '../admission/serving.ts';
import { closeDraw } from '../draw/close-draw.ts';
import { createDraws } from '../draw/draw.ts';
import { createDatabaseClock } from '../rooms/database-clock.ts';
import { keys, newRoom } from '../rooms/room.ts';
import { createMemoryStore, type MemoryStore, type WriteFate } from '../testing/memory-store.ts';
import { createAbsences, leaveDraw } from './absences.ts';
import { createJoinRoom } from './join-room.ts';
import { createJoinedRooms } from './joined-rooms.ts';
import { placeSchema, positionOf } from './place.ts';
import { createPlaces } from './places.ts';
import { tailSchema } from './take-places.ts';

const room = newRoom('concert', 1_000);

/** One instance, before the opening unless its clock says otherwise. */
function instanceOn(store: MemoryStore, clock = () => 0) {
  const absences = createAbsences(store);
  const parts = { store, counters: createCounters(store), absences, draws: createDraws(absences) };
  const joinRoom = createJoinRoom({
    ...parts,
    rooms: { get: () => Promise.resolve(room), reload: () => Promise.resolve(room) },
    index: { enter: () => Promise.resolve() },
    joinedRooms: createJoinedRooms(
      store,
      () => 50,
      () => 0,
    ),
    joinsOpenMs: () => 60_000,
    places: createPlaces(store),
    mostPlaces: () => 5,
    clock,
  });
  return {
    ...parts,
    join: async (userId: string): Promise<number> => {
      const joined = await joinRoom('concert', userId);
      if (isRefusal(joined)) throw new Error(joined.code);
      return joined.place.joinNumber;
    },
    /** @returns whether the person was out before the draw was closed */
    leave: async (userId: string): Promise<boolean> => {
      const place = placeSchema.parse((await store.getState(keys.place('concert', userId)))?.value);
      return leaveDraw(absences, room, place.joinNumber);
    },
    close: () => closeDraw(parts, room),
  };
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

describe('joining and leaving before the draw', () => {
  it('gives the same join number back, however often, at any instance, and leaves nobody but the person in the room', async () => {
    const store = createMemoryStore();
    const instances = [instanceOn(store), instanceOn(store)];
    const joinNumbers = new Set<number>();
    for (let time = 0; time < 100; time += 1) {
      joinNumbers.add(await instances[time % 2]!.join('one'));
      await instances[(time >> 1) % 2]!.leave('one');
    }
    expect([...joinNumbers]).toEqual([1]);
    await instances[1]!.join('one');
    expect(await instances[0]!.join('other')).toBe(2);
    expect(tailSchema.parse((await store.getState(keys.tail(room)))?.value).tail).toBe(2);
    expect(await instances[0]!.close()).toMatchObject({ drawn: 2, absent: 0 });
  });

  it.each([60_000, -60_000])('closes the draw of an empty room by the database’s clock, where its own is off by %s ms', async (byMs) => {
    let time = 0;
    const log = createLogger({ service: 'queue', instance: 'test', level: 'silent' });
    const clock = createDatabaseClock({ ask: () => Promise.resolve(time), log, own: () => time + byMs });
    await clock.follow();
    const drawnAfterJoin = async (at: number): Promise<number | undefined> => {
      time = at;
      const store = createMemoryStore();
      await instanceOn(store, clock.now).join('one');
      return tailSchema.parse((await store.getState(keys.tail(room)))?.value).drawn;
    };
    expect(await drawnAfterJoin(999)).toBeUndefined();
    expect(await drawnAfterJoin(1_000)).toBe(0);
  });

  it('draws those who are in the room, each once, in any order of joins, departures and the closing, whatever is lost', async () => {
    const fates = fc.infiniteStream(
      fc.oneof(
        { weight: 8, arbitrary: fc.constant<WriteFate>('done') },
        { weight: 1, arbitrary: fc.constantFrom<WriteFate>('done-as-conflict', 'lost-as-conflict', 'done-then-error') },
      ),
    );
    const acts = fc.array(fc.tuple(fc.constantFrom('join', 'leave'), fc.nat(9), fc.nat(1)), { minLength: 5, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(acts, fc.nat(40), fates, async (plan, closeAfter, fate) => {
        const store = createMemoryStore();
        const instances = [instanceOn(store), instanceOn(store)];
        await Promise.all(upTo(10).map((person) => instances[0]!.join(`person-${person - 1}`)));
        store.fate = () => {
          const next = fate.next();
          return next.done ? 'done' : next.value;
        };
        const doing = plan.map(([act, person, at], index) => {
          const instance = instances[at]!;
          const doIt = act === 'join' ? instance.join(`person-${person}`) : instance.leave(`person-${person}`);
          return index === closeAfter ? Promise.allSettled([doIt, instance.close()]) : Promise.allSettled([doIt]);
        });
        await Promise.all(doing);
        store.fate = () => 'done';
        const serving = await instances[0]!.close();
        expect(await instances[1]!.close()).toEqual(serving);

        // Whoever joins now is in the line, and everybody in the line has a place of their own.
        await Promise.all(upTo(10).map((person) => instances[1]!.join(`person-${person - 1}`)));
        const positions = await Promise.all(
          upTo(10).map(async (person) => {
            const place = placeSchema.parse((await store.getState(keys.place('concert', `person-${person - 1}`)))?.value);
            return positionOf(instances[0]!.draws, room, place, serving);
          }),
        );
        const { tail } = tailSchema.parse((await store.getState(keys.tail(room)))?.value);
        expect(positions.toSorted((a = 0, b = 0) => a - b)).toEqual(upTo(10));
        expect(countWaiting(serving, tail)).toBe(10);
      }),
      { numRuns: 30 },
    );
  }, 60_000);
});

describe('coming back after the draw', () => {
  it('gives who had left before it a place behind it, and keeps the drawn ones together', async () => {
    const store = createMemoryStore();
    const instance = instanceOn(store);
    for (const person of ['a', 'b', 'c']) await instance.join(person);
    await instance.leave('b');
    const serving = await instance.close();
    expect(serving).toMatchObject({ drawn: 3, absent: 1 });
    expect(await instance.join('b')).toBe(4);
    const back = placeSchema.parse((await store.getState(keys.place('concert', 'b')))?.value);
    expect(back.position).toBe(3);
  });
});
