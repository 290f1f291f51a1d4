import { ReservationStatus } from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import { z } from 'zod';
import { signedIn } from '../auth/access.ts';
import { describePerformances } from '../concerts/describe-performances.ts';
import { isoTime, orNull } from '../http/answers.ts';
import { cursor, id, limit, nextCursor, shownId, shownInstant } from '../http/fields.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';
import { reservationSchema, reservationStatuses, toReservation } from './reservation.ts';

const whileOut = 'Null while the concert service is out.';
const myReservationSchema = reservationSchema
  .extend({
    concert: z.object({ id: shownId, title: z.string().nullable().meta({ description: whileOut }) }),
    performance: z.object({ id: shownId, startsAt: shownInstant.nullable().meta({ description: whileOut }) }),
  })
  .meta({ id: 'MyReservation', description: 'A reservation with what it is for.' });

export const listMyReservations = defineRoute(
  {
    method: 'get',
    path: '/api/v1/users/me/reservations',
    operationId: 'listMyReservations',
    summary: 'My reservations',
    tag: 'Seats and reservations',
    access: signedIn,
    input: { query: z.strictObject({ limit, cursor, status: z.enum(reservationStatuses).optional(), concertId: id.optional() }) },
    responses: { 200: z.object({ items: z.array(myReservationSchema), nextCursor }).meta({ id: 'MyReservationPage' }) },
    problems: ['invalid-cursor'],
  },
  async (ctx, { query }, { user }) => {
    const { result } = await ctx.services.reservation.listReservations({
      userId: user.id,
      limit: query.limit,
      cursor: query.cursor ?? '',
      ...(query.status && { status: ReservationStatus[query.status] }),
      concertId: query.concertId ?? '',
    });
    if (result.case !== 'page') return refused(result);
    const { items, nextCursor: next } = result.value;
    const described = await describePerformances(
      ctx,
      items.map((item) => item.performanceId),
    );
    const shown = items.map((item) => {
      const about = described.get(item.performanceId);
      return {
        ...toReservation(item),
        concert: { id: item.concertId, title: about?.concertTitle ?? null },
        performance: { id: item.performanceId, startsAt: about ? isoTime(about.startsAt) : null },
      };
    });
    return { status: 200, body: { items: shown, nextCursor: orNull(next) } };
  },
);
