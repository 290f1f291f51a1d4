import { create } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CreateConcertRequestSchema } from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import type { Context } from '../context.ts';
import { createTestContext, newWord } from '../testing/test-catalogue.ts';
import { createConcert } from './create-concert.ts';

let ctx: Context;
beforeAll(async () => {
  ctx = await createTestContext();
});
afterAll(() => ctx.stop());

/** The venue that a new concert in a hall of this name gets. */
async function venueOf(venueName: string, venueCity: string): Promise<{ id?: string; name?: string }> {
  const { result } = await createConcert(
    ctx,
    create(CreateConcertRequestSchema, {
      ...{ title: newWord(), artist: newWord(), venueName, venueCity, venueTimeZone: 'Asia/Seoul' },
      saleOpensAt: timestampFromDate(new Date('2030-01-01T00:00:00Z')),
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
