import { z } from 'zod';
import { limits } from '../limits.ts';

const concert = z.object({
  concertId: z.uuid(),
  version: z.int().positive().describe('Grows with every change of the concert.'),
  title: z.string(),
  artist: z.string(),
  description: z.string(),
  venue: z.object({ id: z.uuid(), name: z.string(), city: z.string(), timeZone: z.string() }),
  saleOpensAt: z.iso.datetime(),
  startsOn: z.iso.date().nullable().describe('First local date at the venue.'),
  endsOn: z.iso.date().nullable(),
  lastStartsAt: z.iso.datetime().nullable().default(null).describe('When the last performance begins.'),
  popularity: z.int().nonnegative().default(0).describe('How often it is looked at, on a scale of doublings.'),
});

export const performanceEvents = {
  'concert.created': concert.describe('A concert was published in the catalogue.'),
  'concert.updated': concert.describe('A concert changed; carries its whole present state.'),
  'performance.scheduled': z
    .object({
      performanceId: z.uuid(),
      concertId: z.uuid(),
      startsAt: z.iso.datetime(),
      saleOpensAt: z.iso.datetime(),
      maxSeatsPerPerson: z.int().min(1).max(limits.seatsPerPerson),
      sections: z.array(
        z.object({
          name: z.string(),
          rows: z.int().positive(),
          seatsPerRow: z.int().positive(),
          price: z.int().nonnegative().describe('KRW per seat.'),
        }),
      ),
    })
    .describe('A performance was put on the calendar with its seat layout.'),
} as const;
