import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { limits } from '@ticketing/contracts/limits';
import { z } from 'zod';
import { role, toActor } from '../auth/access.ts';
import { concertSchema, toConcert } from '../concerts/concert.ts';
import { forgetConcert } from '../concerts/keep-catalogue.ts';
import { id, instant, line, paragraphs } from '../http/fields.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';

export const updateConcert = defineRoute(
  {
    method: 'patch',
    path: '/api/v1/admin/concerts/{id}',
    operationId: 'updateConcert',
    summary: 'Change a concert',
    description: 'With `saleOpensAt` go its waiting room and the performances that have no other time; with `venueId` go the local dates.',
    tag: 'Administration',
    access: role('organiser', 'operator'),
    input: {
      params: z.object({ id }),
      body: z
        .strictObject({
          title: line(1, limits.title).optional(),
          artist: line(1, limits.artist).optional(),
          description: paragraphs(limits.description).optional(),
          venueId: id.optional(),
          saleOpensAt: instant.optional(),
        })
        .meta({ id: 'UpdateConcert' }),
    },
    responses: { 200: concertSchema },
    problems: ['concert-not-found', 'concert-cancelled', 'venue-not-found', 'invalid-time'],
    absent: 'concert-not-found',
  },
  async ({ services, kept }, { params, body: { title, artist, description, venueId, saleOpensAt } }, { user }) => {
    const { result } = await services.concert.updateConcert({
      concertId: params.id,
      actor: toActor(user),
      ...(title !== undefined && { title }),
      ...(artist !== undefined && { artist }),
      ...(description !== undefined && { description }),
      ...(venueId !== undefined && { venueId }),
      ...(saleOpensAt && { saleOpensAt: timestampFromDate(saleOpensAt) }),
    });
    if (result.case !== 'concert') {
      const refusal = refused(result);
      const errors = [{ path: 'saleOpensAt', message: refusal.detail ?? '' }];
      return refusal.code === 'invalid-time' ? { ...refusal, errors } : refusal;
    }
    forgetConcert(kept, params.id);
    return { status: 200, body: toConcert(result.value) };
  },
);
