import { limits } from '@ticketing/contracts/limits';
import { z } from 'zod';
import { role, toActor } from '../auth/access.ts';
import { toVenue, venueSchema } from '../concerts/concert.ts';
import { id, line } from '../http/fields.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';
import { timeZone as timeZoneField } from './time-zone.ts';

export const updateVenue = defineRoute(
  {
    method: 'patch',
    path: '/api/v1/admin/venues/{id}',
    operationId: 'updateVenue',
    summary: 'Change a venue, and what its concerts say of it',
    description: 'For the organiser who was the first to name it, and for operators. Local dates of its concerts follow a new time zone.',
    tag: 'Administration',
    access: role('organiser', 'operator'),
    input: {
      params: z.object({ id }),
      body: z
        .strictObject({
          name: line(1, limits.venueName).optional(),
          city: line(1, limits.city).optional(),
          timeZone: timeZoneField.optional(),
        })
        .meta({ id: 'UpdateVenue' }),
    },
    responses: { 200: venueSchema },
    problems: ['venue-not-found', 'venue-name-taken', 'invalid-time-zone'],
    absent: 'venue-not-found',
  },
  async ({ services, kept }, { params, body: { name, city, timeZone } }, { user }) => {
    const { result } = await services.concert.updateVenue({
      venueId: params.id,
      actor: toActor(user),
      ...(name !== undefined && { name }),
      ...(city !== undefined && { city }),
      ...(timeZone !== undefined && { timeZone }),
    });
    if (result.case !== 'venue') return refused(result);
    // Its concerts are not known here.
    kept.forget();
    return { status: 200, body: toVenue(result.value) };
  },
);
