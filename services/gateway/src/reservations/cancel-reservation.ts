import { z } from 'zod';
import { signedIn } from '../auth/access.ts';
import { id } from '../http/fields.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';

export const cancelReservation = defineRoute(
  {
    method: 'delete',
    path: '/api/v1/reservations/{id}',
    operationId: 'cancelReservation',
    summary: 'Cancel a hold: its seats are free again',
    tag: 'Seats and reservations',
    access: signedIn,
    input: { params: z.object({ id }) },
    responses: { 204: null },
    problems: ['reservation-not-found', 'reservation-not-cancellable'],
    absent: 'reservation-not-found',
  },
  async ({ services, ownHolds }, { params }, { user }) => {
    const { refusal } = await services.reservation.cancelReservation({ userId: user.id, reservationId: params.id });
    if (refusal) return refused({ case: 'refusal', value: refusal });
    ownHolds.drop(user.id, params.id);
    return { status: 204 };
  },
);
