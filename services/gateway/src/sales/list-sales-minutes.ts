import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { type SalesPeriod, SalesUnit } from '@ticketing/contracts/gen/ticketing/reservation/v1/sales_pb';
import { z } from 'zod';
import { role } from '../auth/access.ts';
import { refuseStranger } from '../auth/own-concert.ts';
import { isoTime, orNull } from '../http/answers.ts';
import { id, instant, krw, shownInstant } from '../http/fields.ts';
import { problem, refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';

const dayMs = 86_400_000;
const mostDays = 366;

const query = z.strictObject({
  from: instant.optional().meta({ description: 'Included. A day before `to` when left out.' }),
  to: instant.optional().meta({ description: 'Not included. Now when left out.' }),
  performanceId: id.optional().meta({ description: 'One performance of the concert; all of them when left out.' }),
  by: z.enum(['section']).optional().meta({ description: 'A line for each section; without it the sections are added up.' }),
  offsetMinutes: z
    .string()
    .regex(/^-?\d{1,3}$/, 'Must be a whole number of minutes')
    .transform(Number)
    .pipe(z.int().min(-720).max(840))
    .default(0)
    .meta({
      type: 'integer',
      minimum: -720,
      maximum: 840,
      default: 0,
      description: 'How far the clock by which days begin is ahead of UTC.',
    }),
});

const periodSchema = z.object({
  at: shownInstant.meta({ description: 'When the minute or day begins.' }),
  section: z.string().nullable().meta({ description: 'Null where sections are added up.' }),
  seatsSold: z.int(),
  seatsRefunded: z.int(),
  amountSold: krw,
  amountRefunded: krw,
});

export const listSalesMinutes = defineRoute(
  {
    method: 'get',
    path: '/api/v1/admin/concerts/{id}/sales/minutes',
    operationId: 'listSalesMinutes',
    summary: 'What was sold and refunded, minute by minute',
    description:
      'By minute for a day or less, by day for longer times, a year at the most and 10,000 lines at the most. Minutes and days without any sale or ' +
      'refund are left out. A sale shows within seconds.',
    tag: 'Administration',
    access: role('organiser', 'operator'),
    input: { params: z.object({ id }), query },
    responses: { 200: z.object({ unit: z.enum(['minute', 'day']), items: z.array(periodSchema) }).meta({ id: 'SalesMinutes' }) },
    problems: ['concert-not-found', 'performance-not-found', 'sales-range-too-long'],
    absent: 'concert-not-found',
  },
  async (ctx, { params, query: { to = new Date(), performanceId = '', by, offsetMinutes, ...rest } }, { user }) => {
    const from = rest.from ?? new Date(to.getTime() - dayMs);
    const lengthMs = to.getTime() - from.getTime();
    if (lengthMs <= 0) return problem('invalid-request', { errors: [{ path: 'to', message: 'Must be after from' }] });
    if (lengthMs > mostDays * dayMs) return problem('sales-range-too-long', { detail: `Ask for ${mostDays} days at the most.` });
    const refusal = await refuseStranger(ctx, user, params.id);
    if (refusal) return refusal;
    const isLong = lengthMs > dayMs;
    const { result } = await ctx.services.sales.listSalesPeriods({
      ...{ concertId: params.id, performanceId, offsetMinutes, bySection: by === 'section' },
      from: timestampFromDate(from),
      to: timestampFromDate(to),
      unit: isLong ? SalesUnit.DAY : SalesUnit.MINUTE,
    });
    if (result.case !== 'periods') return refused(result);
    return { status: 200, body: { unit: isLong ? ('day' as const) : ('minute' as const), items: result.value.items.map(toPeriod) } };
  },
);

function toPeriod({ startsAt, section, seatsSold, seatsRefunded, amountSold, amountRefunded }: SalesPeriod): z.output<typeof periodSchema> {
  const amounts = { amountSold: Number(amountSold), amountRefunded: Number(amountRefunded) };
  return { at: isoTime(startsAt), section: orNull(section), seatsSold, seatsRefunded, ...amounts };
}
