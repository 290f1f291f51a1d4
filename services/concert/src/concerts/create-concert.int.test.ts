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
  it('tells venues apart whose names differ in an emoji', async () => {
    const city = newWord();
    const names = ['🎵 홀', '🎤 홀', '𝄞 홀', '홀'];
    const venues: { id?: string; name?: string }[] = [];
    for (const name of names) venues.push(await venueOf(name, city));
    expect(venues.map(({ name }) => name)).toEqual(names);
    expect(new Set(venues.map(({ id }) => id)).size).toBe(names.length);
    expect(await venueOf('🎤 홀', city)).toEqual(venues[1]);
  });

  it('takes other capitals for the same venue, once for all who make it at the same time', async () => {
    const city = newWord();
    const venues = await Promise.all(['Blue Square', 'BLUE SQUARE', 'blue square', 'Blue Square'].map((name) => venueOf(name, city)));
    expect(new Set(venues.map(({ id }) => id)).size).toBe(1);
  });
});
