import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { limits } from '@ticketing/contracts/limits';
import { findPlanProblems, type SeatPlan, seatPlanSchema } from '@ticketing/contracts/seat-plan';
import { z } from 'zod';
import { role, toActor } from '../auth/access.ts';
import { forgetConcert } from '../concerts/keep-catalogue.ts';
import { id, instant, line, optionalIdempotencyKey, shownId } from '../http/fields.ts';
import { isProblem, type Problem, problem, refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';
import { convertPretix, pretixPlan } from './pretix-plan.ts';

const section = z.strictObject({
  name: line(1, limits.sectionName).meta({ example: 'R' }),
  rows: z.int().min(1).max(limits.rows),
  seatsPerRow: z.int().min(1).max(limits.seatsPerRow),
  price: z.int().min(0).max(limits.price).meta({ description: 'KRW for a seat; 0 is free.', example: 110_000 }),
});

const rectangles = z
  .array(section)
  .min(1)
  .max(limits.sections)
  .refine((sections) => new Set(sections.map(({ name }) => name)).size === sections.length, 'Must not name a section twice')
  .refine(
    (sections) => sections.reduce((sum, { rows, seatsPerRow }) => sum + rows * seatsPerRow, 0) <= limits.seats,
    `Must not have more than ${limits.seats} seats together`,
  );

const plan = seatPlanSchema((most) => line(1, most)).meta({
  id: 'SeatPlan',
  description: 'Seats with their places and prices, best ones first. A section, row and number name one seat.',
});

const prices = z.record(z.string(), z.int().min(0).max(limits.price)).meta({ description: 'KRW by category.' });

const performanceBody = z
  .strictObject({
    startsAt: instant,
    sections: rectangles.optional().meta({ description: 'Sections whose rows have as many seats each.' }),
    plan: plan.optional(),
    pretix: z.strictObject({ plan: pretixPlan, prices }).optional(),
    maxSeatsPerPerson: z.int().min(1).max(limits.seatsPerPerson).optional(),
  })
  .refine((body) => [body.sections, body.plan, body.pretix].filter((part) => part !== undefined).length === 1, {
    path: ['sections'],
    message: 'Must be there, or plan or pretix in its place, and only one of them',
  })
  .meta({ id: 'SchedulePerformance' });

/** A plan of 50,000 seats by pretix, of which each has a text of its own, takes about 10 MiB. */
const largestBody = 16 * 2 ** 20;

export const schedulePerformance = defineRoute(
  {
    method: 'post',
    path: '/api/v1/admin/concerts/{id}/performances',
    operationId: 'schedulePerformance',
    summary: 'Put a performance on the calendar',
    description: 'With sections, with a seat plan, or with one that pretix has exported. The body has at most 16 MiB.',
    tag: 'Administration',
    access: role('organiser', 'operator'),
    input: {
      params: z.object({ id }),
      body: performanceBody,
      idempotencyKey: optionalIdempotencyKey,
    },
    largestBody,
    responses: { 201: z.object({ id: shownId, totalSeats: z.int() }).meta({ id: 'ScheduledPerformance' }) },
    problems: ['concert-not-found', 'concert-cancelled', 'invalid-layout', 'invalid-time'],
    absent: 'concert-not-found',
  },
  async ({ services, kept }, { params, body, idempotencyKey }, { user }) => {
    const wanted = readPlan(body);
    if (wanted && isProblem(wanted)) return wanted;
    const { result } = await services.concert.schedulePerformance({
      concertId: params.id,
      startsAt: timestampFromDate(body.startsAt),
      sections: (body.sections ?? []).map(({ price, ...rectangle }) => ({ ...rectangle, price: BigInt(price) })),
      planJson: wanted ? JSON.stringify(wanted) : '',
      maxSeatsPerPerson: body.maxSeatsPerPerson ?? 0,
      actor: toActor(user),
      idempotencyKey,
    });
    if (result.case !== 'performance') {
      const refusal = refused(result);
      const errors = [{ path: 'startsAt', message: refusal.detail ?? '' }];
      return refusal.code === 'invalid-time' ? { ...refusal, errors } : refusal;
    }
    forgetConcert(kept, params.id);
    const { id: performanceId, totalSeats } = result.value;
    return { status: 201, body: { id: performanceId, totalSeats } };
  },
);

/** The plan that is wanted, however it came; undefined for sections. */
function readPlan(body: z.output<typeof performanceBody>): SeatPlan | Problem | undefined {
  const converted = body.pretix ? convertPretix(body.pretix) : body.plan;
  if (!converted) return undefined;
  if ('errors' in converted) return problem('invalid-layout', { errors: converted.errors.slice(0, 20) });
  const root = body.pretix ? 'pretix.plan' : 'plan';
  const errors = findPlanProblems(converted).map(({ path, message }) => ({
    path: [root, ...(body.pretix ? [] : path)].join('.'),
    message,
  }));
  return errors.length > 0 ? problem('invalid-layout', { errors }) : converted;
}
