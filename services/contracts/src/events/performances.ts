import { z } from 'zod';
import { limits } from '../limits.ts';
import { seatPlan } from '../seat-plan.ts';

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
  cancelled: z.boolean().default(false).describe('Nothing of it takes place any more.'),
});

const performance = z.object({
  performanceId: z.uuid(),
  concertId: z.uuid(),
  version: z.int().positive().describe('Grows with every change of the performance; one that was scheduled has 1.'),
  startsAt: z.iso.datetime(),
});
const changedPerformance = performance.extend({
  saleOpensAt: z.iso.datetime(),
  maxSeatsPerPerson: z.int().min(1).max(limits.seatsPerPerson),
});

export const performanceEvents = {
  'concert.created': concert.describe('A concert was published in the catalogue. Drafts are told to nobody.'),
  'concert.updated': concert.describe('A concert changed; carries its whole present state.'),
  'performance.scheduled': z
    .object({
      performanceId: z.uuid(),
      concertId: z.uuid(),
      startsAt: z.iso.datetime(),
      saleOpensAt: z.iso.datetime(),
      maxSeatsPerPerson: z.int().min(1).max(limits.seatsPerPerson),
      sections: z
        .array(
          z.object({
            name: z.string(),
            rows: z.int().positive(),
            seatsPerRow: z.int().positive(),
            price: z.int().nonnegative().describe('KRW per seat.'),
          }),
        )
        .optional()
        .describe('Rectangles; absent where there is a plan.'),
      plan: seatPlan.optional().describe('The seat plan in its normal form; a version that does not know it can’t read the event.'),
    })
    .refine(({ sections, plan }) => (sections === undefined) !== (plan === undefined), 'Has either sections or a plan')
    .describe('A performance was put on the calendar with its seat layout.'),
  'performance.rescheduled': changedPerformance
    .extend({ before: z.object({ startsAt: z.iso.datetime(), saleOpensAt: z.iso.datetime() }) })
    .describe('A performance takes place at another time; its tickets stay good. Carries its whole present state.'),
  'performance.updated': changedPerformance.describe(
    'A performance changed, but not when it takes place. Carries its whole present state.',
  ),
  'performance.cancelled': performance
    .extend({ cancelledAt: z.iso.datetime() })
    .describe('A performance does not take place. Its sale stops, its holds end, and what was paid for it is given back.'),
} as const;
