import { create } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { idToBinary, newId } from '@ticketing/common/database';
import { CreateConcertRequestSchema, UpdateVenueRequestSchema } from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import { createConcert } from '../concerts/create-concert.ts';
import { loadConcert } from '../concerts/listed-concert.ts';
import type { Context } from '../context.ts';
import {
  addPerformance,
  auditOf,
  createTestContext,
  newWord,
  operator,
  organiser,
  rival,
  search,
  untilFound,
} from '../testing/test-catalogue.ts';
import { updateVenue } from './update-venue.ts';

let ctx: Context;
beforeAll(async () => {
  ctx = await createTestContext();
});
afterAll(() => ctx.stop());

interface Hall {
  name: string;
  city: string;
  timeZone: string;
}

const newHall = (timeZone = 'Europe/London'): Hall => ({ name: newWord(), city: newWord(), timeZone });

/** A new concert in a hall: its id and the hall's, or the refusal. */
async function concertIn({ name, city, timeZone }: Hall, actor = organiser, title = newWord()) {
  const { result } = await createConcert(
    ctx,
    create(CreateConcertRequestSchema, {
      ...{ title, artist: newWord(), venueName: name, venueCity: city, venueTimeZone: timeZone, actor },
      saleOpensAt: timestampFromDate(new Date('2030-01-01T00:00:00Z')),
    }),
  );
  if (result?.case !== 'concert') return { id: '', venueId: '', refusal: result?.value };
  return { id: result.value.id ?? '', venueId: result.value.venue?.id ?? '', refusal: undefined };
}

/** The venue as it is then, or the code of the refusal. */
async function change(venueId: string, wanted: Partial<Hall>, actor = organiser) {
  const { result } = await updateVenue(ctx, create(UpdateVenueRequestSchema, { venueId, actor, ...wanted }));
  return result?.case === 'venue' ? result.value : result?.value?.code;
}

const datesOf = async (id: string) => {
  const [row] = await ctx.db.query<Record<string, string>>(
    `SELECT DATE_FORMAT(starts_on, '%Y-%m-%d') AS starts_on, DATE_FORMAT(ends_on, '%Y-%m-%d') AS ends_on,
            DATE_FORMAT(listed_on, '%Y-%m-%d') AS listed_on FROM concerts WHERE id = ?`,
    [idToBinary(id)],
  );
  return row;
};

describe('a venue', () => {
  it('moves the local dates of all its concerts to its new time zone, for lists, searches and everybody who is told', async () => {
    const hall = newHall();
    const { id, venueId } = await concertIn(hall);
    const { id: unscheduled } = await concertIn(hall, rival);
    for (const night of ['2031-07-03T16:00:00Z', '2031-07-01T14:00:00Z']) await addPerformance(ctx, id, night);
    expect(await datesOf(id)).toEqual({ starts_on: '2031-07-01', ends_on: '2031-07-03', listed_on: '2031-07-01' });
    const before = await ctx.cache.concert(id);
    const venue = { id: venueId, ...hall, timeZone: 'Asia/Seoul' };
    expect(await change(venueId, { timeZone: 'Asia/Seoul' })).toEqual(venue);
    expect(await datesOf(id)).toEqual({ starts_on: '2031-07-01', ends_on: '2031-07-04', listed_on: '2031-07-01' });
    expect(await datesOf(unscheduled)).toEqual({ starts_on: null, ends_on: null, listed_on: '9999-12-31' });
    expect(await ctx.cache.concert(id)).toMatchObject({ version: (before?.version ?? 0) + 1, venue, endsOn: '2031-07-04' });
    const [event] = await ctx.db.query<{ zone: string }>(
      "SELECT JSON_VALUE(data, '$.venue.timeZone') AS zone FROM outbox_events WHERE aggregate_id = ? AND type = 'concert.updated' ORDER BY seq DESC LIMIT 1",
      [unscheduled],
    );
    expect(event).toEqual({ zone: 'Asia/Seoul' });
    expect(await auditOf(ctx, venueId)).toEqual([
      { actorId: organiser.userId, action: 'venue.update', before: { timeZone: 'Europe/London' }, after: { timeZone: 'Asia/Seoul' } },
    ]);
    expect(await concertIn({ ...hall, timeZone: 'Asia/Seoul' })).toMatchObject({ venueId });
  });

  it('is found under its new name only', async () => {
    const hall = newHall();
    const { id, venueId } = await concertIn(hall);
    await untilFound(ctx, { q: hall.name }, [id]);
    const name = newWord();
    expect(await change(venueId, { name })).toMatchObject({ name, city: hall.city });
    await untilFound(ctx, { q: name }, [id]);
    expect((await search(ctx, { q: hall.name })).ids).toEqual([]);
  });

  it('is mended by who brought it and by operators; to others it is not there', async () => {
    const { venueId } = await concertIn(newHall());
    expect(await change(venueId, { city: newWord() }, rival)).toBe('venue-not-found');
    expect(await change(newId(), { city: newWord() }, operator)).toBe('venue-not-found');
    expect(await auditOf(ctx, venueId)).toEqual([]);
    expect(await change(venueId, { city: newWord() }, operator)).toMatchObject({ id: venueId });
    await ctx.db.execute('UPDATE venues SET owner_id = NULL WHERE id = ?', [idToBinary(venueId)]);
    expect(await change(venueId, { city: newWord() })).toBe('venue-not-found');
    expect(await change(venueId, { city: newWord() }, operator)).toMatchObject({ id: venueId });
  });

  it('keeps what it was when its new name is taken, or there is no such zone', async () => {
    const hall = newHall();
    const other = { ...newHall(), city: hall.city };
    const { id, venueId } = await concertIn(hall);
    await concertIn(other);
    expect(await change(venueId, { name: other.name, timeZone: 'Asia/Seoul' })).toBe('venue-name-taken');
    expect(await change(venueId, { timeZone: 'Europe/Nowhere' })).toBe('invalid-time-zone');
    expect((await loadConcert(ctx.db, id))?.venue).toEqual({ id: venueId, ...hall });
    expect(await auditOf(ctx, venueId)).toEqual([]);
  });

  it('is named to whoever knows it in another time zone', async () => {
    const hall = newHall();
    const { venueId } = await concertIn(hall);
    const { refusal } = await concertIn({ ...hall, timeZone: 'Asia/Seoul' }, rival);
    expect(refusal).toMatchObject({ code: 'venue-time-zone-differs', detail: expect.stringContaining(venueId) });
  });

  it('and a performance that is scheduled at the same moment agree on the date', async () => {
    for (let round = 0; round < 10; round += 1) {
      const { id, venueId } = await concertIn(newHall());
      const zone = (timeZone: string) => change(venueId, { timeZone });
      await Promise.all([zone('Asia/Seoul'), addPerformance(ctx, id, '2031-07-01T16:00:00Z'), zone('Asia/Tokyo')]);
      expect(await datesOf(id)).toMatchObject({ starts_on: '2031-07-02', ends_on: '2031-07-02' });
    }
  });
});
