import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { limits } from '@ticketing/contracts/limits';
import { z } from 'zod';
import { role, toActor } from '../auth/access.ts';
import { forgetConcert } from '../concerts/keep-catalogue.ts';
import { performanceSchema, toPerformance } from '../concerts/performance.ts';
import { id, instant } from '../http/fields.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';

export const updatePerformance = defineRoute(
  {
    method: 'patch',
    path: '/api/v1/admin/performances/{id}',
    operationId: 'updatePerformance',
    summary: 'Change when a performance or its sale begins, or how many seats a person may buy',
    description: 'Its tickets stay good. Fields that are left out stay as they are.',
    tag: 'Administration',
    access: role('organiser', 'operator'),
    input: {
      params: z.object({ id }),
      body: z
        .strictObject({
          startsAt: instant.optional(),
          saleOpensAt: instant.optional(),
          maxSeatsPerPerson: z.int().min(1).max(limits.seatsPerPerson).optional(),
        })
        .meta({ id: 'UpdatePerformance' }),
    },
    responses: { 200: performanceSchema },
    problems: ['performance-not-found', 'performance-cancelled', 'invalid-time'],
    absent: 'performance-not-found',
  },
  async ({ services, kept }, { params, body: { startsAt, saleOpensAt, maxSeatsPerPerson } }, { user }) => {
    const { result } = await services.organiser.updatePerformance({
      performanceId: params.id,
      actor: toActor(user),
      ...(startsAt && { startsAt: timestampFromDate(startsAt) }),
      ...(saleOpensAt && { saleOpensAt: timestampFromDate(saleOpensAt) }),
      ...(maxSeatsPerPerson !== undefined && { maxSeatsPerPerson }),
    });
    if (result.case !== 'performance') {
      const refusal = refused(result);
      const errors = [{ path: startsAt ? 'startsAt' : 'saleOpensAt', message: refusal.detail ?? '' }];
      return refusal.code === 'invalid-time' ? { ...refusal, errors } : refusal;
    }
    forgetConcert(kept, result.value.concertId);
    return { status: 200, body: toPerformance(result.value) };
  },
);
