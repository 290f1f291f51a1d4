import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { Client } from '@connectrpc/connect';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { pollUntil } from '@ticketing/common/poll-until';
import { createRpcClient } from '@ticketing/common/rpc-client';
import { ConcertService } from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import { GetRoomRequestSchema, TokenStatus } from '@ticketing/contracts/gen/ticketing/queue/v1/queue_pb';
import { createCounters } from '../admission/counters.ts';
import type { Context } from '../context.ts';
import { createAbsences } from '../places/absences.ts';
import { addConcert, createTestContext, join, leave, look, newPeople, openRoom, testOrganiser } from '../testing/test-rooms.ts';
import { getRoom } from './get-room.ts';
import { keys } from './room.ts';
import { createTails } from './tails.ts';

const dayMs = 86_400_000;

let instances: [Context, Context];
let concerts: Client<typeof ConcertService>;
beforeAll(async () => {
  instances = await Promise.all([createTestContext('one'), createTestContext('two')]);
  concerts = createRpcClient(ConcertService, instances[0].sidecar, 'concert');
});
afterAll(() => Promise.all(instances.map((ctx) => ctx.stop())));

async function addPerformance(concertId: string, startsAt: number): Promise<void> {
  const sections = [{ name: 'Floor', rows: 1, seatsPerRow: 3, price: 90_000n }];
  const { result } = await concerts.schedulePerformance({ actor: testOrganiser, concertId, startsAt: timestampFromMs(startsAt), sections });
  if (result.case !== 'performance') throw new Error(`refused: ${result.value?.code ?? ''}`);
}

/** What became of a join: the code of its refusal, or nothing. */
const codeOfJoin = (ctx: Context, concertId: string, userId: string): Promise<string> =>
  join(ctx, concertId, userId).then(
    () => '',
    (error: unknown) => String(error).replace(/.*refused: /, ''),
  );

/** Waits for what a join is answered with at both instances. */
async function untilJoinsAre(concertId: string, userId: string, code: string): Promise<void> {
  const seen = await pollUntil(async () => {
    const codes = await Promise.all(instances.map((ctx) => codeOfJoin(ctx, concertId, userId)));
    return codes.every((answer) => answer === code) ? true : undefined;
  }, 20_000);
  expect(seen).toBe(true);
}

describe('a room', () => {
  it('takes nobody once the last performance has begun, says so to who is there, and opens again with another one', async () => {
    const concertId = await addConcert(concerts, Date.now() - 60_000);
    await addPerformance(concertId, Date.now() + 6_000);
    const [first, late] = newPeople(2);
    expect(await codeOfJoin(instances[0], concertId, first!)).toBe('');
    await untilJoinsAre(concertId, late!, 'sale-over');
    // Whoever was let in has a pass until it ends.
    for (const ctx of instances) {
      const told = await look(ctx, concertId, first!);
      expect([TokenStatus.ACTIVE, TokenStatus.EXPIRED]).toContain(typeof told === 'object' && told.status);
    }

    const nextNight = Date.now() + 20 * dayMs;
    await addPerformance(concertId, nextNight);
    await untilJoinsAre(concertId, late!, '');
    const ends = await Promise.all(instances.map(async (ctx) => (await ctx.rooms.find(concertId))?.endsAt));
    expect(ends).toEqual([nextNight, nextNight]);
  });

  it('says EXPIRED to who waits when the sale ends', async () => {
    const concertId = await addConcert(concerts, Date.now() - 60_000);
    await addPerformance(concertId, Date.now() + 6_000);
    await instances[0].rooms.update(concertId, { paused: true });
    const [fan] = newPeople(1);
    expect(await join(instances[0], concertId, fan!)).toMatchObject({ status: TokenStatus.WAITING });
    await untilJoinsAre(concertId, fan!, 'sale-over');
    for (const ctx of instances) expect(await look(ctx, concertId, fan!)).toMatchObject({ status: TokenStatus.EXPIRED });
  });

  it('is not joined weeks before it opens, nor when its concert is over before anybody joined', async () => {
    const [fan] = newPeople(1);
    const farOff = await addConcert(concerts, Date.now() + 40 * dayMs);
    expect(await codeOfJoin(instances[0], farOff, fan!)).toBe('room-not-open-yet');
    const soon = await addConcert(concerts, Date.now() + 20 * dayMs);
    expect(await codeOfJoin(instances[1], soon, fan!)).toBe('');
  });

  it('is looked at by two hundred at the price of one, and they drop nothing that polls share', async () => {
    const concertId = await addConcert(concerts, Date.now() - 60_000);
    const [fan] = newPeople(1);
    await join(instances[0], concertId, fan!);
    const reads: string[] = [];
    const { sidecar } = instances[0];
    const store = {
      getState: (key: string) => {
        reads.push(key.split(':')[0] ?? key);
        return sidecar.getState(key);
      },
      getStates: sidecar.getStates.bind(sidecar),
      createState: sidecar.createState.bind(sidecar),
      saveStates: sidecar.saveStates.bind(sidecar),
      updateState: sidecar.updateState.bind(sidecar),
    };
    const looked: Context = {
      ...instances[0],
      counters: createCounters(store),
      absences: createAbsences(store),
      tails: createTails(store),
    };
    const request = create(GetRoomRequestSchema, { concertId });
    const answers = await Promise.all(Array.from({ length: 200 }, () => getRoom(looked, request)));
    expect(answers.every(({ result }) => result?.case === 'room' && result.value.joined === 1)).toBe(true);
    expect(reads.toSorted()).toEqual(['absences', 'admission', 'line']);
    await getRoom(looked, create(GetRoomRequestSchema, { actor: testOrganiser, concertId, manage: true }));
    expect(reads.toSorted()).toEqual(['absences', 'absences', 'admission', 'admission', 'line', 'line']);
  });

  it('is not made by who looks at a concert that nobody knows', async () => {
    const [concertId, fan] = newPeople(2);
    const { result } = await getRoom(instances[0], create(GetRoomRequestSchema, { concertId: concertId! }));
    expect(result).toMatchObject({ case: 'refusal', value: { code: 'concert-not-found' } });
    expect(await look(instances[0], concertId!, fan!)).toBe('concert-not-found');
    expect(await instances[0].sidecar.getState(keys.room(concertId!))).toBeUndefined();
  });
});

describe('a person', () => {
  it('is in fifty rooms at a time, however they are joined, and in another one for each that was left', async () => {
    const [fan, friend] = newPeople(2);
    const rooms = await Promise.all(Array.from({ length: 60 }, () => openRoom(instances[0])));
    const codes = await Promise.all(rooms.map((concertId, number) => codeOfJoin(instances[number % 2]!, concertId, fan!)));
    expect(codes.filter((code) => code === '')).toHaveLength(50);
    expect(codes.filter((code) => code === 'too-many-rooms')).toHaveLength(10);
    const [joined, refused] = [rooms[codes.indexOf('')]!, rooms[codes.indexOf('too-many-rooms')]!];
    expect(await codeOfJoin(instances[1], joined, fan!)).toBe('');
    expect(await codeOfJoin(instances[1], refused, friend!)).toBe('');
    expect(await look(instances[0], refused, fan!)).toBe('not-in-queue');
    expect(await leave(instances[0], refused, fan!)).toBe('not-in-queue');
    expect(await codeOfJoin(instances[1], refused, fan!)).toBe('too-many-rooms');
    expect(await leave(instances[0], joined, fan!)).toBe('');
    expect(await codeOfJoin(instances[1], refused, fan!)).toBe('');
  });
});
