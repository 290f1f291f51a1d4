import { z } from 'zod';
import { gateStaff, toActor } from '../auth/access.ts';
import { id } from '../http/fields.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';

export const undoCheckIn = defineRoute(
  {
    method: 'delete',
    path: '/api/v1/admin/performances/{id}/check-ins/{ticketId}',
    operationId: 'undoCheckIn',
    summary: 'Take a check-in back; the ticket lets somebody in again',
    tag: 'Gate',
    access: gateStaff,
    input: { params: z.object({ id, ticketId: id }) },
    responses: { 204: null },
    problems: ['performance-not-found', 'ticket-not-found'],
    absent: 'ticket-not-found',
  },
  async ({ services }, { params }, { user }) => {
    const { refusal } = await services.reservation.undoCheckIn({
      actor: toActor(user),
      performanceId: params.id,
      ticketId: params.ticketId,
    });
    return refusal ? refused({ case: 'refusal', value: refusal }) : { status: 204 };
  },
);
