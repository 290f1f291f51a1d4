import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { limits } from '@ticketing/contracts/limits';
import { z } from 'zod';
import { role, toActor } from '../auth/access.ts';
import { concertSchema, toConcert } from '../concerts/concert.ts';
import { forgetConcert } from '../concerts/keep-catalogue.ts';
import { instant, line, optionalIdempotencyKey, paragraphs } from '../http/fields.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';
import { timeZone } from './time-zone.ts';

export const createConcert = defineRoute(
  {
    method: 'post',
    path: '/api/v1/admin/concerts',
    operationId: 'createConcert',
    summary: 'Publish a concert, or make a draft of one',
    tag: 'Administration',
    access: role('organiser', 'operator'),
    input: {
      body: z
        .strictObject({
          title: line(1, limits.title),
          artist: line(1, limits.artist),
          description: paragraphs(limits.description),
          venue: z.strictObject({
            name: line(1, limits.venueName),
            city: line(1, limits.city),
            timeZone,
          }),
          saleOpensAt: instant,
          draft: z.boolean().optional().meta({ description: '`true`: nobody else sees it until it is published.' }),
        })
        .meta({ id: 'CreateConcert' }),
      idempotencyKey: optionalIdempotencyKey,
    },
    responses: { 201: concertSchema },
    problems: ['invalid-time', 'invalid-time-zone', 'venue-time-zone-differs'],
  },
  async ({ services, kept }, { body: { venue, saleOpensAt, draft = false, ...texts }, idempotencyKey }, { user }) => {
    const { result } = await services.concert.createConcert({
      ...texts,
      venueName: venue.name,
      venueCity: venue.city,
      venueTimeZone: venue.timeZone,
      saleOpensAt: timestampFromDate(saleOpensAt),
      draft,
      actor: toActor(user),
      idempotencyKey,
    });
    if (result.case !== 'concert') return refused(result);
    const concert = toConcert(result.value);
    forgetConcert(kept, concert.id);
    return { status: 201, headers: { location: `/api/v1/concerts/${concert.id}` }, body: concert };
  },
);
