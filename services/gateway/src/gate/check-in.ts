import { z } from 'zod';
import { gateStaff, toActor } from '../auth/access.ts';
import { isoTime, orNull } from '../http/answers.ts';
import { id, optionalIdempotencyKey, shownId, shownInstant } from '../http/fields.ts';
import { problem, refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';
import { gateSeatSchema, scanSchema, shownGate, toGateSeat, toScan } from './scan.ts';

const checkInSchema = z
  .object({
    ticketId: shownId,
    seat: gateSeatSchema,
    name: z.string().nullable().meta({ description: 'Whose ticket it is; null where that can’t be had just now.' }),
    checkedInAt: shownInstant,
    gate: shownGate,
  })
  .meta({ id: 'CheckIn', description: 'Somebody was let in.' });

export const checkIn = defineRoute(
  {
    method: 'post',
    path: '/api/v1/admin/performances/{id}/check-ins',
    operationId: 'checkIn',
    summary: 'Let the holder of a ticket in, once',
    tag: 'Gate',
    access: gateStaff,
    input: { params: z.object({ id }), body: scanSchema.meta({ id: 'Scan' }), idempotencyKey: optionalIdempotencyKey },
    responses: { 201: checkInSchema },
    problems: ['performance-not-found', 'already-checked-in', 'ticket-void', 'ticket-invalid', 'invalid-time'],
    absent: 'performance-not-found',
  },
  async ({ services, holderNames }, { params, body, idempotencyKey }, { user }) => {
    const request = { actor: toActor(user), performanceId: params.id, scan: toScan(body), idempotencyKey };
    const { outcome } = await services.reservation.checkIn(request);
    const result = outcome?.result ?? { case: undefined };
    if (result.case === 'checkedIn') {
      const { ticketId, userId, seat, checkedInAt, gate } = result.value;
      const name = await holderNames(userId);
      return { status: 201, body: { ticketId, seat: toGateSeat(seat), name, checkedInAt: isoTime(checkedInAt), gate: orNull(gate) } };
    }
    if (result.case !== 'conflict') return refused(result);
    const { standing } = result.value;
    return problem('already-checked-in', {
      checkedIn: { checkedInAt: isoTime(standing?.checkedInAt), gate: orNull(standing?.gate ?? '') },
    });
  },
);
