import { describe, expect, it } from '@jest/globals';
import { createMicroBatcher } from '@ticketing/common/micro-batcher';
import fc from 'fast-check';
import { Passes } from '../admission/passes.ts';
import { nobodyServed, type Serving } from '../admission/serving.ts';
import { createDraws } from '../draw/draw.ts';
import { keys, newRoom } from '../rooms/room.ts';
import { createMemoryStore, type MemoryStore, type WriteFate } from '../testing/memory-store.ts';
import { createAbsences } from './absences.ts';
import { type Place, placeSchema } from './place.ts';
import { DrawClosed, OtherEpoch, type TakenPlace, tailSchema, takePlaces } from './take-places.ts';

const room = newRoom('concert', 0);
const draws = createDraws(createAbsences(createMemoryStore()));

function instance(store: MemoryStore, serving: Serving = nobodyServed) {
  return createMicroBatcher<string, TakenPlace>({ limit: 20 }, (_key, userIds) =>
    takePlaces(store, { room, certain: true, userIds, serving, draws, mostPlaces: 3, now: 1_000 }),
  );
}

function storedPlace(store: MemoryStore, userId: string): Place {
  return placeSchema.parse(JSON.parse(store.values.get(keys.place(room.concertId, userId))!.value));
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

describe('taking places', () => {
  it('gives concurrent joiners on several instances places 1..n, each once', async () => {
    const store = createMemoryStore();
    const instances = [instance(store), instance(store), instance(store)];
    const joined = await Promise.all(upTo(300).map((user) => instances[user % 3]!('concert', `user-${user}`)));
    expect(joined.map(({ place }) => place.joinNumber).sort((a, b) => a - b)).toEqual(upTo(300));
    expect(joined.every(({ created }) => created)).toBe(true);
    const batches = store.writes.filter((key) => key.startsWith('line:')).length;
    expect(batches).toBeLessThan(60);
  });

  it('gives one person one place, wherever and however often they join at once', async () => {
    const store = createMemoryStore();
    const instances = [instance(store), instance(store)];
    const joined = await Promise.all(upTo(120).map((n) => instances[n % 2]!('concert', `user-${n % 30}`)));
    const places = new Map(joined.map(({ place }, index) => [`user-${(index + 1) % 30}`, place.joinNumber]));
    expect([...places.values()].sort((a, b) => a - b)).toEqual(upTo(30));
    joined.forEach(({ place }, index) => expect(place.joinNumber).toBe(places.get(`user-${(index + 1) % 30}`)));
  });

  it('answers only when the place is stored', async () => {
    const store = createMemoryStore();
    const { place } = await instance(store)('concert', 'user-1');
    expect(storedPlace(store, 'user-1')).toEqual(place);
  });

  it('stays gap-free when writes are lost, reported wrongly or unanswered, once everybody has joined again', async () => {
    const fates = fc.infiniteStream(
      fc.oneof(
        { weight: 6, arbitrary: fc.constant<WriteFate>('done') },
        { weight: 1, arbitrary: fc.constantFrom<WriteFate>('done-as-conflict', 'lost-as-conflict', 'done-then-error') },
      ),
    );
    await fc.assert(
      fc.asyncProperty(fates, fc.integer({ min: 1, max: 40 }), async (fate, people) => {
        const store = createMemoryStore();
        store.fate = () => {
          const next = fate.next();
          return next.done ? 'done' : next.value;
        };
        const instances = [instance(store), instance(store)];
        const acknowledged = new Map<string, number>();
        const join = async (n: number) => {
          const { place } = await instances[n % 2]!('concert', `user-${n}`);
          const earlier = acknowledged.get(`user-${n}`);
          if (earlier !== undefined) expect(place.joinNumber).toBe(earlier);
          acknowledged.set(`user-${n}`, place.joinNumber);
        };
        await Promise.allSettled(upTo(people).map(join));
        store.fate = () => 'done';
        await Promise.all(upTo(people).map(join));
        expect([...acknowledged.values()].sort((a, b) => a - b)).toEqual(upTo(people));
      }),
      { numRuns: 50 },
    );
  }, 60_000);

  it('leaves places open before the opening, and counts them behind the draw after it', async () => {
    const store = createMemoryStore();
    const later = { ...room, opensAt: 9_000 };
    const join = async (now: number, userIds: string[], serving: Serving = nobodyServed) =>
      takePlaces(store, { room: later, certain: true, userIds, serving, draws, mostPlaces: 3, now });
    const early = await join(8_999, ['user-1', 'user-2']);
    expect(early.map(({ place }) => [place.joinNumber, place.position])).toEqual([
      [1, undefined],
      [2, undefined],
    ]);
    // The room is open, and nobody has drawn yet: whoever comes now is drawn too.
    expect((await join(9_000, ['user-3']))[0]?.place.position).toBeUndefined();
    const { value, etag } = (await store.getState(keys.tail(later)))!;
    await store.updateState(keys.tail(later), { ...tailSchema.parse(value), drawn: 3 }, etag);
    await expect(join(9_001, ['user-4'])).rejects.toThrow(DrawClosed);
    // One of the three had left, so that two were drawn.
    const served: Serving = { ...nobodyServed, drawn: 3, absent: 1 };
    expect((await join(9_001, ['user-4'], served))[0]?.place).toMatchObject({ joinNumber: 4, position: 3 });
    expect(storedPlace(store, 'user-3').position).toBeUndefined();
  });

  it('keeps all that it writes until some days after the sale', async () => {
    const store = createMemoryStore();
    const day = 86_400;
    const ending = { ...room, endsAt: Date.now() + 3 * day * 1_000 };
    const join = (userIds: string[]) =>
      takePlaces(store, { room: ending, certain: true, userIds, serving: nobodyServed, draws, mostPlaces: 3, now: 0 });
    await join(['user-1', 'user-2']);
    await join(['user-3']);
    expect([...store.ttls.keys()].map((key) => key.split(':')[0]).sort()).toEqual(['line', 'place', 'place', 'place']);
    expect([...store.ttls.values()].map((ttl = 0) => Math.round(ttl / day))).toEqual([10, 10, 10, 10]);
  });

  it('finishes the batch of an instance that was killed after it had moved the tail', async () => {
    const store = createMemoryStore();
    store.fate = (key) => (key.startsWith('line:') ? 'done-then-error' : 'done');
    await expect(instance(store)('concert', 'user-1')).rejects.toThrow('TIMEOUT');
    store.fate = () => 'done';
    const { place } = await instance(store)('concert', 'user-2');
    expect(storedPlace(store, 'user-1').joinNumber).toBe(1);
    expect(place.joinNumber).toBe(2);
  });
});

describe('joining again', () => {
  const served = (to: number, expiresAt: number): Serving => ({
    ...nobodyServed,
    serving: to,
    drawn: 0,
    passes: Passes.of(upTo(to).map((position): [number, number] => [position, expiresAt])),
  });

  it('keeps the place while one waits or has a live pass', async () => {
    const store = createMemoryStore();
    await instance(store)('concert', 'user-1');
    const waiting = await instance(store)('concert', 'user-1');
    const active = await instance(store, served(1, 2_000))('concert', 'user-1');
    expect([waiting, active]).toMatchObject([
      { created: false, place: { joinNumber: 1, position: 1 } },
      { created: false, place: { joinNumber: 1, position: 1 } },
    ]);
  });

  it('gives a new place at the tail when the pass has run out', async () => {
    const store = createMemoryStore();
    await instance(store)('concert', 'user-1');
    await instance(store)('concert', 'user-2');
    const again = await instance(store, served(1, 1_000))('concert', 'user-1');
    expect(again).toMatchObject({ created: true, place: { joinNumber: 3, position: 3 } });
    expect(storedPlace(store, 'user-1').joinNumber).toBe(3);
  });

  it('gives a new place after paying or leaving and remembers the payments', async () => {
    for (const ended of ['paid', 'left'] as const) {
      const store = createMemoryStore();
      const { place } = await instance(store)('concert', 'user-1');
      const { etag } = (await store.getState(keys.place(room.concertId, 'user-1')))!;
      await store.updateState(keys.place(room.concertId, 'user-1'), { ...place, ended, payments: ['payment-1'] }, etag);
      const again = await instance(store)('concert', 'user-1');
      expect(again).toMatchObject({ created: true, place: { joinNumber: 2, payments: ['payment-1'] } });
      expect(again.place.ended).toBeUndefined();
    }
  });

  it('gives a person no more places than one may take, one after the other', async () => {
    const store = createMemoryStore();
    const joined: TakenPlace[] = [];
    for (let time = 1; time <= 5; time += 1) {
      joined.push(await instance(store)('concert', 'user-1'));
      const key = keys.place(room.concertId, 'user-1');
      const { value, etag } = (await store.getState(key))!;
      await store.updateState(key, { ...placeSchema.parse(value), ended: 'left' }, etag);
    }
    expect(joined.map(({ refused, created }) => [refused, created])).toEqual([
      [false, true],
      [false, true],
      [false, true],
      [true, false],
      [true, false],
    ]);
    expect((await instance(store)('concert', 'user-2')).place.joinNumber).toBe(4);
  });

  it('replaces a place of a lost room, but asks for the room first', async () => {
    const store = createMemoryStore();
    await store.createState(keys.place(room.concertId, 'user-1'), {
      epoch: 'lost',
      joinNumber: 7,
      joinedAt: 0,
      taken: false,
      payments: [],
    });
    const request = { room, userIds: ['user-1'], serving: nobodyServed, draws, mostPlaces: 3, now: 0 };
    await expect(takePlaces(store, { ...request, certain: false })).rejects.toThrow(OtherEpoch);
    const [taken] = await takePlaces(store, { ...request, certain: true });
    expect(taken).toMatchObject({ created: true, place: { joinNumber: 1, epoch: room.epoch } });
  });
});
