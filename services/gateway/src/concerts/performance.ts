import type { Performance } from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import { z } from 'zod';
import { isoTime, oneOf } from '../http/answers.ts';
import { krw, shownId, shownInstant } from '../http/fields.ts';

const performanceStatuses = ['SCHEDULED', 'ENDED', 'CANCELLED'] as const;

export const performanceSchema = z
  .object({
    id: shownId,
    concertId: shownId,
    startsAt: shownInstant,
    saleOpensAt: shownInstant,
    status: z.enum(performanceStatuses).meta({ description: '`ENDED` once it has begun.' }),
    totalSeats: z.int(),
    availableSeats: z.int(),
    maxSeatsPerPerson: z.int(),
    priceFrom: krw,
    priceTo: krw,
  })
  .meta({ id: 'Performance', description: 'One evening of a concert.' });

export function toPerformance(performance: Performance): z.output<typeof performanceSchema> {
  const { totalSeats, availableSeats, maxSeatsPerPerson } = performance;
  return {
    id: performance.id,
    concertId: performance.concertId,
    startsAt: isoTime(performance.startsAt),
    saleOpensAt: isoTime(performance.saleOpensAt),
    status: oneOf(performanceStatuses, performance.status),
    totalSeats,
    availableSeats,
    maxSeatsPerPerson,
    priceFrom: Number(performance.priceFrom),
    priceTo: Number(performance.priceTo),
  };
}
