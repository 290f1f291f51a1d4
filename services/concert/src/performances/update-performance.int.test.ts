import { create } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { idToBinary, newId } from '@ticketing/common/database';
import {
  CreateConcertRequestSchema,
  GetRoomRegistrationRequestSchema,
  ListPerformancesRequestSchema,
  UpdateConcertRequestSchema,
} from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import { CancelPerformanceRequestSchema, UpdatePerformanceRequestSchema } from '@ticketing/contracts/gen/ticketing/concert/v1/organiser_pb';
import { z } from 'zod';
import { createConcert } from '../concerts/create-concert.ts';
import { loadConcert } from '../concerts/listed-concert.ts';
import { updateConcert } from '../concerts/update-concert.ts';
import type { Context } from '../context.ts';
import { getRoomRegistration } from '../rooms/get-room-registration.ts';
import { addConcert, addPerformance, auditOf, createTestContext, newWord, organiser, rival } from '../testing/test-catalogue.ts';
import { cancelPerformance } from './cancel-performance.ts';
import { listPerformances } from './list-performances.ts';
import { updatePerformance } from './update-performance.ts';

let ctx: Context;
beforeAll(async () => {
  ctx = await createTestContext();
});
afterAll(() => ctx.stop());

interface Wish {
  startsAt?: string;
  saleOpensAt?: string;
  maxSeatsPerPerson?: number;
}

const timeOf = (text: string) => timestampFromDate(new Date(text));
const [opening, july, august] = ['2030-01-01T00:00:00.000Z', '2031-07-01T10:00:00.000Z', '2031-08-01T10:00:00.000Z'];

/** What the performance is then, or the code of the refusal. */
async function change(performanceId: string, { startsAt, saleOpensAt, maxSeatsPerPerson }: Wish, actor = organiser) {
  const request = create(UpdatePerformanceRequestSchema, {
    ...{ performanceId, actor },
    ...(startsAt !== undefined && { startsAt: timeOf(startsAt) }),
    ...(saleOpensAt !== undefined && { saleOpensAt: timeOf(saleOpensAt) }),
    ...(maxSeatsPerPerson !== undefined && { maxSeatsPerPerson }),
  });
  const { result } = await updatePerformance(ctx, request);
  return result?.case === 'performance' ? result.value : result?.value?.code;
}

async function newNight(): Promise<{ concertId: string; id: string }> {
  const concertId = await addConcert(ctx, { title: newWord(), artist: newWord() });
  return { concertId, id: await addPerformance(ctx, concertId, july) };
}

const eventsOf = async (concertId: string) =>
  (
    await ctx.db.query<{ type: string; data: unknown }>(
      "SELECT type, data FROM outbox_events WHERE aggregate_id = ? AND type IN ('performance.rescheduled', 'performance.updated') ORDER BY seq",
      [concertId],
    )
  ).map(({ type, data }): { type: string; data: unknown } => ({ type, data: typeof data === 'string' ? JSON.parse(data) : data }));

describe('a performance', () => {
  it('is moved for the list, the dates of its concert and its room, and everybody is told once from when to when', async () => {
    const { concertId, id } = await newNight();
    expect(await change(id, { startsAt: august })).toMatchObject({ id, status: 'SCHEDULED', maxSeatsPerPerson: 4 });
    const told = { performanceId: id, concertId, version: 2, startsAt: august, saleOpensAt: opening, maxSeatsPerPerson: 4 };
    const before = { startsAt: july, saleOpensAt: opening };
    expect(await eventsOf(concertId)).toEqual([{ type: 'performance.rescheduled', data: { ...told, before } }]);
    expect(await loadConcert(ctx.db, concertId)).toMatchObject({
      startsOn: '2031-08-01',
      endsOn: '2031-08-01',
      lastStartsAt: new Date(august),
    });
    const { result } = await listPerformances(ctx, create(ListPerformancesRequestSchema, { concertId }));
    const [listed] = result?.case === 'performances' ? (result.value.items ?? []) : [];
    expect(listed?.startsAt).toEqual(timeOf(august));
    const { result: room } = await getRoomRegistration(ctx, create(GetRoomRegistrationRequestSchema, { concertId }));
    expect(room?.case === 'registration' && room.value.saleEndsAt).toEqual(timeOf(august));
    expect((await auditOf(ctx, id))[1]).toMatchObject({
      action: 'performance.update',
      before: { startsAt: july },
      after: { startsAt: august },
    });
  });

  it('changes without another time are told as that, and none as nothing', async () => {
    const { concertId, id } = await newNight();
    await change(id, { maxSeatsPerPerson: 2, saleOpensAt: '2030-02-01T00:00:00.000Z' });
    await change(id, { maxSeatsPerPerson: 2 });
    const events = await eventsOf(concertId);
    expect(events).toMatchObject([{ type: 'performance.updated', data: { version: 2, maxSeatsPerPerson: 2, startsAt: july } }]);
  });

  it.each<[string, Wish]>([
    ['a time that has gone by', { startsAt: '2020-01-01T00:00:00Z' }],
    ['a time before its sale', { startsAt: '2029-12-31T23:59:59Z' }],
    ['a sale when it begins', { saleOpensAt: july }],
    ['both the wrong way round', { startsAt: '2031-01-01T00:00:00Z', saleOpensAt: '2031-01-02T00:00:00Z' }],
  ])('is not given %s', async (_what, wish) => {
    const { concertId, id } = await newNight();
    expect(await change(id, wish)).toBe('invalid-time');
    expect(await eventsOf(concertId)).toEqual([]);
  });

  it('is changed by nobody else, and not after it was cancelled', async () => {
    const { id } = await newNight();
    expect([await change(id, { startsAt: august }, rival), await change(newId(), { startsAt: august })]).toEqual(
      Array(2).fill('performance-not-found'),
    );
    expect(await change(id, { maxSeatsPerPerson: 5 })).toBe('invalid-layout');
    await cancelPerformance(ctx, create(CancelPerformanceRequestSchema, { performanceId: id, actor: organiser }));
    expect(await change(id, { startsAt: august })).toBe('performance-cancelled');
  });

  it('has one number for each change, whoever makes them at the same time', async () => {
    const { concertId, id } = await newNight();
    const times = Array.from({ length: 6 }, (_, day) => `2031-09-0${day + 1}T10:00:00.000Z`);
    await Promise.all(times.map((startsAt) => change(id, { startsAt })));
    const versions = (await eventsOf(concertId)).map(({ data }) => z.object({ version: z.number() }).parse(data).version);
    expect(versions).toEqual([2, 3, 4, 5, 6, 7]);
  });
});

describe('the opening of a sale', () => {
  const move = async (concertId: string, wanted: { saleOpensAt?: string; venueId?: string }, actor = organiser) => {
    const { saleOpensAt, ...rest } = wanted;
    const request = { concertId, actor, ...rest, ...(saleOpensAt && { saleOpensAt: timeOf(saleOpensAt) }) };
    const { result } = await updateConcert(ctx, create(UpdateConcertRequestSchema, request));
    return result?.case === 'concert' ? result.value : result?.value?.code;
  };

  it('moves with its concert for the room and the performances that have no other', async () => {
    const { concertId, id } = await newNight();
    const own = await addPerformance(ctx, concertId, august);
    await change(own, { saleOpensAt: '2030-03-01T00:00:00.000Z' });
    const later = '2030-02-01T00:00:00.000Z';
    expect(await move(concertId, { saleOpensAt: later })).toMatchObject({ saleOpensAt: timeOf(later) });
    const rows = await ctx.db.query<{ id: Buffer; at: Date; version: number }>(
      'SELECT id, sale_opens_at AS at, version FROM performances WHERE concert_id = ? ORDER BY starts_at',
      [idToBinary(concertId)],
    );
    expect(rows).toEqual([
      { id: idToBinary(id), at: new Date(later), version: 2 },
      { id: idToBinary(own), at: new Date('2030-03-01T00:00:00Z'), version: 2 },
    ]);
    const { result } = await getRoomRegistration(ctx, create(GetRoomRegistrationRequestSchema, { concertId }));
    if (result?.case !== 'registration' || !result.value.saleOpensAt) throw new Error('no registration');
    expect([result.value.saleMoves, result.value.saleOpensAt]).toEqual([1, timeOf(later)]);
    expect(await move(concertId, { saleOpensAt: july })).toBe('invalid-time');
    expect(await move(concertId, { saleOpensAt: later }, rival)).toBe('concert-not-found');
  });

  it('goes on at another venue, whose dates are the concert’s from then on', async () => {
    const { concertId } = await newNight();
    const { result } = await createConcert(
      ctx,
      create(CreateConcertRequestSchema, {
        ...{ title: newWord(), artist: newWord(), venueName: newWord(), venueCity: newWord(), venueTimeZone: 'Pacific/Kiritimati' },
        ...{ saleOpensAt: timeOf(opening), actor: rival },
      }),
    );
    const venueId = result?.case === 'concert' ? (result.value.venue?.id ?? '') : '';
    expect(await move(concertId, { venueId: newId() })).toBe('venue-not-found');
    expect(await move(concertId, { venueId })).toMatchObject({ venue: { id: venueId }, startsOn: '2031-07-02', endsOn: '2031-07-02' });
  });
});
