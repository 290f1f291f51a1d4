import { create } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@ticketing/common/database';
import {
  CreateConcertRequestSchema,
  DescribePerformancesRequestSchema,
  UpdateVenueRequestSchema,
} from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import { createConcert } from '../concerts/create-concert.ts';
import type { Context } from '../context.ts';
import { addPerformance, createTestContext, newWord, organiser, rename } from '../testing/test-catalogue.ts';
import { updateVenue } from '../venues/update-venue.ts';
import { describePerformances } from './describe-performances.ts';

let ctx: Context;
beforeAll(async () => {
  ctx = await createTestContext();
});
afterAll(() => ctx.stop());

async function describeOne(performanceId: string) {
  const performanceIds = [performanceId, newId()];
  const { items = [] } = await describePerformances(ctx, create(DescribePerformancesRequestSchema, { performanceIds }));
  expect(items).toHaveLength(1);
  return items[0];
}

describe('a performance', () => {
  it('is described with its concert and its venue as they are now', async () => {
    const [title, artist, city] = [newWord(), newWord(), newWord()];
    const hall = { venueName: newWord(), venueCity: city, venueTimeZone: 'Asia/Seoul' };
    const saleOpensAt = timestampFromDate(new Date('2030-01-01T00:00:00Z'));
    const { result } = await createConcert(
      ctx,
      create(CreateConcertRequestSchema, { title, artist, ...hall, saleOpensAt, actor: organiser }),
    );
    const concertId = result?.case === 'concert' ? (result.value.id ?? '') : '';
    const id = await addPerformance(ctx, concertId, '2031-07-01T10:00:00Z');
    const first = await describeOne(id);
    const venue = { name: hall.venueName, city, timeZone: 'Asia/Seoul' };
    expect(first).toMatchObject({ performanceId: id, concertId, concertTitle: title, concertArtist: artist, venue });
    await updateVenue(ctx, create(UpdateVenueRequestSchema, { venueId: first?.venue?.id ?? '', timeZone: 'Asia/Tokyo', actor: organiser }));
    await rename(ctx, concertId, `${title}!`);
    const later = await describeOne(id);
    expect(later).toMatchObject({ concertTitle: `${title}!`, venue: { ...venue, timeZone: 'Asia/Tokyo' } });
    expect(later?.concertVersion).toBeGreaterThan(first?.concertVersion ?? 0);
    await addPerformance(ctx, concertId, '2031-07-02T10:00:00Z');
    expect((await describeOne(id))?.concertVersion).toBeGreaterThan(later?.concertVersion ?? 0);
  });
});
