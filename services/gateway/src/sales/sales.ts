import type { GetSalesResponse, PerformanceSales } from '@ticketing/contracts/gen/ticketing/reservation/v1/sales_pb';
import { z } from 'zod';
import { isoTime } from '../http/answers.ts';
import { krw, shownId, shownInstant } from '../http/fields.ts';

const sectionSchema = z.object({
  name: z.string(),
  capacity: z.int(),
  sold: z.int(),
  held: z.int(),
  free: z.int(),
  amount: krw.meta({ description: 'KRW of the seats that are sold now.' }),
  refunded: z
    .object({ seats: z.int(), amount: krw })
    .meta({ description: 'All that was ever refunded; the seats may have been sold again. It follows a refund within seconds.' }),
});

const performanceSchema = z.object({ id: shownId, startsAt: shownInstant, sections: z.array(sectionSchema) });

/** What is sold of a concert. */
export const salesSchema = z
  .object({
    concertId: shownId,
    at: shownInstant.meta({ description: 'When the seats were counted.' }),
    performances: z.array(performanceSchema),
  })
  .meta({ id: 'Sales', description: 'The seats of a concert by performance and section.' });

export function toSales(concertId: string, { performances, readAt }: GetSalesResponse): z.output<typeof salesSchema> {
  return { concertId, at: isoTime(readAt), performances: performances.map(toPerformance) };
}

function toPerformance({ performanceId, startsAt, sections }: PerformanceSales): z.output<typeof performanceSchema> {
  return {
    id: performanceId,
    startsAt: isoTime(startsAt),
    sections: sections.map(({ section: name, capacity, sold, held, free, amount, refundedSeats, refundedAmount }) => ({
      ...{ name, capacity, sold, held, free, amount: Number(amount) },
      refunded: { seats: refundedSeats, amount: Number(refundedAmount) },
    })),
  };
}
