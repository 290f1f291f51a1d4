import { create } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { idToBinary, newId } from '@ticketing/common/database';
import { CreateConcertRequestSchema, SchedulePerformanceRequestSchema } from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import type { Context } from '../context.ts';
import { schedulePerformance } from '../performances/schedule-performance.ts';
import { auditOf, createTestContext, newWord, operator, organiser } from '../testing/test-catalogue.ts';
import { createConcert } from './create-concert.ts';

let ctx: Context;
let other: Context;
beforeAll(async () => {
  [ctx, other] = [await createTestContext(), await createTestContext()];
});
afterAll(() => Promise.all([ctx.stop(), other.stop()]));

/** The venue that a new concert in a hall of this name gets. */
async function venueOf(venueName: string, venueCity: string): Promise<{ id?: string; name?: string }> {
  const { result } = await createConcert(
    ctx,
    create(CreateConcertRequestSchema, {
      ...{ title: newWord(), artist: newWord(), venueName, venueCity, venueTimeZone: 'Asia/Seoul' },
      saleOpensAt: timestampFromDate(new Date('2030-01-01T00:00:00Z')),
      actor: organiser,
    }),
  );
  if (result?.case !== 'concert' || !result.value.venue) throw new Error('refused');
  return result.value.venue;
}

describe('createConcert', () => {
  it.each([
    [['🎵 홀', '🎤 홀', '𝄞 홀', '홀']],
    [['ハハ', 'パパ', 'はは', 'ﾊﾊ']],
    [['R홀', 'Ｒ홀', 'r홀']],
    [['がき', 'かき']],
    [['Cafe', 'Café', 'CAFE', 'Cafe\u0308']],
    [['1', '①', '１']],
    [['ss', 'ß', 'ẞ']],
    [['가', 'ㄱㅏ']],
  ])('tells venues and cities apart that look different: %j', async (names) => {
    const word = newWord();
    const halls: { id?: string; name?: string }[] = [];
    for (const name of names) halls.push(await venueOf(name, word));
    expect(halls.map(({ name }) => name)).toEqual(names.map((name) => name.normalize('NFC')));
    expect(new Set(halls.map(({ id }) => id)).size).toBe(names.length);
    for (const [index, name] of names.entries()) expect(await venueOf(name.normalize('NFD'), word)).toEqual(halls[index]);
    const cities: { id?: string }[] = [];
    for (const city of names) cities.push(await venueOf(word, city));
    expect(new Set(cities.map(({ id }) => id)).size).toBe(names.length);
  });

  it('makes a venue once for all who name it at the same time, however it is composed', async () => {
    const city = newWord();
    const names = ['Café 홀', 'Café 홀'.normalize('NFD'), 'Café 홀', 'Café 홀'.normalize('NFD')];
    const venues = await Promise.all(names.map((name) => venueOf(name, city)));
    expect(new Set(venues.map(({ id }) => id)).size).toBe(1);
  });
});

describe('the same request under one key', () => {
  const request = () =>
    create(CreateConcertRequestSchema, {
      ...{ title: newWord(), artist: newWord(), venueName: newWord(), venueCity: newWord(), venueTimeZone: 'Asia/Seoul' },
      ...{ saleOpensAt: timestampFromDate(new Date('2030-01-01T00:00:00Z')), actor: organiser },
    });
  const night = (concertId: string) =>
    create(SchedulePerformanceRequestSchema, {
      ...{ concertId, startsAt: timestampFromDate(new Date('2031-07-01T10:00:00Z')), actor: organiser },
      sections: [{ name: 'Floor', rows: 2, seatsPerRow: 3, price: 90_000n }],
    });

  it('makes one concert with one performance, however often and at however many instances it is sent', async () => {
    const wanted = { ...request(), idempotencyKey: newId() };
    const [first, ...others] = await Promise.all([ctx, other, ctx].map((at) => createConcert(at, wanted)));
    if (first?.result?.case !== 'concert') throw new Error('refused');
    const { id = '', title } = first.result.value;
    for (const again of [...others, await createConcert(other, wanted)]) expect(again).toEqual(first);
    expect(await ctx.db.query('SELECT 1 FROM concerts WHERE title = ?', [title ?? ''])).toHaveLength(1);
    expect(await auditOf(ctx, id)).toHaveLength(1);

    const show = { ...night(id), idempotencyKey: newId() };
    const shows = await Promise.all([ctx, other, ctx].map((at) => schedulePerformance(at, show)));
    for (const again of shows) expect(again).toEqual(shows[0]);
    expect(shows[0]?.result?.case).toBe('performance');
    expect(await ctx.db.query('SELECT 1 FROM performances WHERE concert_id = ?', [idToBinary(id)])).toHaveLength(1);
  });

  it('is refused with another body, and is another one to another person, or without a key', async () => {
    const wanted = { ...request(), idempotencyKey: newId() };
    const { result } = await createConcert(ctx, wanted);
    if (result?.case !== 'concert') throw new Error('refused');
    const reused = { result: { case: 'refusal', value: { code: 'idempotency-key-reused' } } };
    expect(await createConcert(ctx, { ...wanted, artist: newWord() })).toMatchObject(reused);
    const show = { ...night(result.value.id ?? ''), idempotencyKey: newId() };
    await schedulePerformance(ctx, show);
    expect(await schedulePerformance(ctx, { ...show, maxSeatsPerPerson: 2 })).toMatchObject(reused);
    for (const more of [
      { ...wanted, actor: operator },
      { ...wanted, idempotencyKey: '' },
      { ...wanted, idempotencyKey: '' },
    ]) {
      await createConcert(ctx, create(CreateConcertRequestSchema, more));
    }
    expect(await ctx.db.query('SELECT 1 FROM concerts WHERE title = ?', [wanted.title])).toHaveLength(4);
  });
});
