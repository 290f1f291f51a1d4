import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { limits } from '@ticketing/contracts/limits';
import { z } from 'zod';
import { role, toActor } from '../auth/access.ts';
import { forgetConcert } from '../concerts/keep-catalogue.ts';
import { id, instant, line, optionalIdempotencyKey, shownId } from '../http/fields.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';

const section = z.strictObject({
  name: line(1, limits.sectionName).meta({ example: 'R' }),
  rows: z.int().min(1).max(limits.rows),
  seatsPerRow: z.int().min(1).max(limits.seatsPerRow),
  price: z.int().min(0).max(limits.price).meta({ description: 'KRW for a seat; 0 is free.', example: 110_000 }),
});

export const schedulePerformance = defineRoute(
  {
    method: 'post',
    path: '/api/v1/admin/concerts/{id}/performances',
    operationId: 'schedulePerformance',
    summary: 'Put a performance on the calendar',
    tag: 'Administration',
    access: role('organiser', 'operator'),
    input: {
      params: z.object({ id }),
      body: z
        .strictObject({
          startsAt: instant,
          sections: z
            .array(section)
            .min(1)
            .max(limits.sections)
            .refine((sections) => new Set(sections.map(({ name }) => name)).size === sections.length, 'Must not name a section twice')
            .refine(
              (sections) => sections.reduce((sum, { rows, seatsPerRow }) => sum + rows * seatsPerRow, 0) <= limits.seats,
              `Must not have more than ${limits.seats} seats together`,
            ),
          maxSeatsPerPerson: z.int().min(1).max(limits.seatsPerPerson).optional(),
        })
        .meta({ id: 'SchedulePerformance' }),
      idempotencyKey: optionalIdempotencyKey,
    },
    responses: { 201: z.object({ id: shownId, totalSeats: z.int() }).meta({ id: 'ScheduledPerformance' }) },
    problems: ['concert-not-found', 'concert-cancelled', 'invalid-layout', 'invalid-time'],
    absent: 'concert-not-found',
  },
  async ({ services, kept }, { params, body, idempotencyKey }, { user }) => {
    const { result } = await services.concert.schedulePerformance({
      concertId: params.id,
      startsAt: timestampFromDate(body.startsAt),
      sections: body.sections.map(({ price, ...layout }) => ({ ...layout, price: BigInt(price) })),
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
