import { z } from 'zod';
import { signedIn } from '../auth/access.ts';
import { id } from '../http/fields.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';
import { reservationSchema, toReservation } from './reservation.ts';

export const getReservation = defineRoute(
  {
    method: 'get',
    path: '/api/v1/reservations/{id}',
    operationId: 'getReservation',
    summary: 'A reservation of mine',
    tag: 'Seats and reservations',
    access: signedIn,
    input: { params: z.object({ id }) },
    responses: { 200: reservationSchema },
    problems: ['reservation-not-found'],
    absent: 'reservation-not-found',
  },
  async ({ services }, { params }, { user }) => {
    const { result } = await services.reservation.getReservation({ userId: user.id, reservationId: params.id });
    if (result.case !== 'reservation') return refused(result);
    return { status: 200, body: toReservation(result.value) };
  },
);
