import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampDate } from '@bufbuild/protobuf/wkt';
import { idFromBinary, idToBinary, newId, type Queryable } from '@ticketing/common/database';
import { refusalResult, refuse } from '@ticketing/common/refusal';
import type { CreateConcertRequest, CreateConcertResponseSchema } from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import type { CatalogueWriter } from '../context.ts';
import { type ListedConcert, toConcertMessage } from './listed-concert.ts';
import { recordChange } from './record-change.ts';
import { canonicalTimeZone, isCalendarTime } from './venue-time.ts';

/**
 * Puts a concert in the catalogue; its venue is made when there is none of that name in that city.
 * Refuses with `invalid-time-zone`, `invalid-time`, or `venue-time-zone-differs` when the venue is known to lie in another zone.
 * @param id given only where the same concert must keep its id, as in demonstration data
 */
export async function createConcert(
  ctx: CatalogueWriter,
  request: Omit<CreateConcertRequest, '$typeName'>,
  id = newId(),
): Promise<MessageInitShape<typeof CreateConcertResponseSchema>> {
  const timeZone = canonicalTimeZone(request.venueTimeZone);
  if (!timeZone) return { result: refusalResult(refuse('invalid-time-zone', `${request.venueTimeZone} is no IANA time zone.`)) };
  if (!request.saleOpensAt) throw new Error('sale_opens_at is missing');
  const saleOpensAt = timestampDate(request.saleOpensAt);
  if (!isCalendarTime(saleOpensAt))
    return { result: refusalResult(refuse('invalid-time', 'A sale opens between the years 2000 and 2999.')) };

  const created = await ctx.db.transaction(async (tx) => {
    const venue = await findOrAddVenue(tx, request.venueName.normalize('NFC'), request.venueCity.normalize('NFC'), timeZone);
    if (venue.timeZone !== timeZone) return venue.timeZone;
    const concert: ListedConcert = {
      id,
      version: 1,
      title: request.title.normalize('NFC'),
      artist: request.artist.normalize('NFC'),
      description: request.description.normalize('NFC'),
      venue,
      saleOpensAt,
      startsOn: undefined,
      endsOn: undefined,
      lastStartsAt: undefined,
      popularity: 0,
    };
    await insertConcert(tx, concert);
    await recordChange(tx, 'concert.created', concert);
    return concert;
  });
  if (typeof created === 'string') {
    return { result: refusalResult(refuse('venue-time-zone-differs', `The venue is known to lie in the time zone ${created}.`)) };
  }
  ctx.changed(id);
  return { result: { case: 'concert', value: toConcertMessage(created, new Date()) } };
}

async function findOrAddVenue(tx: Queryable, name: string, city: string, timeZone: string): Promise<ListedConcert['venue']> {
  // Assigning the id to itself makes a venue that exists a success, and locks it until it is read.
  await tx.execute('INSERT INTO venues (id, name, city, time_zone) VALUES (?, ?, ?, ?) ON DUPLICATE KEY UPDATE id = id', [
    idToBinary(newId()),
    name,
    city,
    timeZone,
  ]);
  const [venue] = await tx.query<{ id: Buffer; name: string; city: string; time_zone: string }>(
    'SELECT id, name, city, time_zone FROM venues WHERE name = ? AND city = ?',
    [name, city],
  );
  if (!venue) throw new Error('the venue that was just written is not there');
  return { id: idFromBinary(venue.id), name: venue.name, city: venue.city, timeZone: venue.time_zone };
}

async function insertConcert(tx: Queryable, concert: ListedConcert): Promise<void> {
  await tx.execute(
    `INSERT INTO concerts (id, title, artist, description, venue_id, sale_opens_at, created_at, changed_at)
     VALUES (?, ?, ?, ?, ?, ?, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3))`,
    [idToBinary(concert.id), concert.title, concert.artist, concert.description, idToBinary(concert.venue.id), concert.saleOpensAt],
  );
}
