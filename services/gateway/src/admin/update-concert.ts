import { limits } from '@ticketing/contracts/limits';
import { z } from 'zod';
import { role, toActor } from '../auth/access.ts';
import { concertSchema, toConcert } from '../concerts/concert.ts';
import { forgetConcert } from '../concerts/keep-catalogue.ts';
import { id, line, paragraphs } from '../http/fields.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';

export const updateConcert = defineRoute(
  {
    method: 'patch',
    path: '/api/v1/admin/concerts/{id}',
    operationId: 'updateConcert',
    summary: 'Change a concert',
    tag: 'Administration',
    access: role('organiser', 'operator'),
    input: {
      params: z.object({ id }),
      body: z
        .strictObject({
          title: line(1, limits.title).optional(),
          artist: line(1, limits.artist).optional(),
          description: paragraphs(limits.description).optional(),
        })
        .meta({ id: 'UpdateConcert' }),
    },
    responses: { 200: concertSchema },
    problems: ['concert-not-found'],
    absent: 'concert-not-found',
  },
  async ({ services, kept }, { params, body: { title, artist, description } }, { user }) => {
    const { result } = await services.concert.updateConcert({
      concertId: params.id,
      actor: toActor(user),
      ...(title !== undefined && { title }),
      ...(artist !== undefined && { artist }),
      ...(description !== undefined && { description }),
    });
    if (result.case !== 'concert') return refused(result);
    forgetConcert(kept, params.id);
    return { status: 200, body: toConcert(result.value) };
  },
);
