import type { Concert, Venue } from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import { z } from 'zod';
import { isoTime, oneOf, orNull } from '../http/answers.ts';
import { shownId, shownInstant } from '../http/fields.ts';

/** What a search may ask for. */
export const searchedStatuses = ['SCHEDULED', 'ON_SALE', 'ENDED', 'CANCELLED'] as const;
const concertStatuses = ['DRAFT', ...searchedStatuses] as const;
const localDate = z.string().nullable().meta({ format: 'date', description: 'Local date at the venue; null while nothing is scheduled.' });

export const venueSchema = z.object({
  id: shownId,
  name: z.string(),
  city: z.string(),
  timeZone: z.string().meta({ description: 'IANA name.', example: 'Asia/Seoul' }),
});

export const concertSchema = z
  .object({
    id: shownId,
    title: z.string().meta({ example: '봄밤의 콘서트' }),
    artist: z.string(),
    description: z.string(),
    venue: venueSchema,
    startsOn: localDate,
    endsOn: localDate,
    saleOpensAt: shownInstant,
    status: z.enum(concertStatuses).meta({ description: 'Only organisers see a `DRAFT`.' }),
  })
  .meta({ id: 'Concert', description: 'A concert with one or more performances.' });

export function toVenue({ id, name, city, timeZone }: Venue): z.output<typeof venueSchema> {
  return { id, name, city, timeZone };
}

export function toConcert(concert: Concert): z.output<typeof concertSchema> {
  const { id, title, artist, description, venue } = concert;
  if (!venue) throw new Error('the concert service left the venue out');
  return {
    id,
    title,
    artist,
    description,
    venue: toVenue(venue),
    startsOn: orNull(concert.startsOn),
    endsOn: orNull(concert.endsOn),
    saleOpensAt: isoTime(concert.saleOpensAt),
    status: oneOf(concertStatuses, concert.status),
  };
}
