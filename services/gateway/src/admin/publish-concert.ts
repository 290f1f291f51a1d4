import { z } from 'zod';
import { role, toActor } from '../auth/access.ts';
import { concertSchema, toConcert } from '../concerts/concert.ts';
import { forgetConcert } from '../concerts/keep-catalogue.ts';
import { id, optionalIdempotencyKey } from '../http/fields.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';

export const publishConcert = defineRoute(
  {
    method: 'post',
    path: '/api/v1/admin/concerts/{id}/publish',
    operationId: 'publishConcert',
    summary: 'Make a draft public',
    description: 'Lists, searches and its waiting room follow within seconds. A concert that is public already stays so.',
    tag: 'Administration',
    access: role('organiser', 'operator'),
    input: { params: z.object({ id }), idempotencyKey: optionalIdempotencyKey },
    responses: { 202: concertSchema },
    problems: ['concert-not-found', 'concert-cancelled'],
    absent: 'concert-not-found',
  },
  async ({ services, kept }, { params, idempotencyKey }, { user }) => {
    const { result } = await services.organiser.publishConcert({ concertId: params.id, actor: toActor(user), idempotencyKey });
    if (result.case !== 'concert') return refused(result);
    forgetConcert(kept, params.id);
    return { status: 202, headers: { location: `/api/v1/concerts/${params.id}` }, body: toConcert(result.value) };
  },
);
