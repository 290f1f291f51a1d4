import type { MessageInitShape } from '@bufbuild/protobuf';
import { actorOf } from '@ticketing/common/actor';
import { recordAudit } from '@ticketing/common/audit';
import { idToBinary } from '@ticketing/common/database';
import { addEvent } from '@ticketing/common/outbox';
import { type Refusal, refusalResult, refuse } from '@ticketing/common/refusal';
import type { UndoCheckInRequest, UndoCheckInResponseSchema } from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import type { GateContext } from './check-in.ts';
import { findStanding } from './check-ins.ts';
import { lockTickets } from './gate-tickets.ts';
import { checkInData } from './record-scans.ts';

/**
 * Takes the check-in of a ticket back: it lets somebody in again. A ticket that is not checked in stays as it is and is no error.
 * Refuses with `performance-not-found` (to who does not work at this gate) or `ticket-not-found`.
 */
export async function undoCheckIn(
  ctx: Pick<GateContext, 'db' | 'outbox' | 'gateAccess'>,
  request: UndoCheckInRequest,
): Promise<MessageInitShape<typeof UndoCheckInResponseSchema>> {
  const actor = actorOf(request);
  const { performanceId, ticketId } = request;
  const stranger = await ctx.gateAccess.refusalOf(actor, performanceId);
  if (stranger) return { refusal: refusalResult(stranger).value };
  const refusal = await ctx.db.transaction<Refusal | undefined>(async (tx) => {
    const tickets = await lockTickets(tx, [ticketId]);
    const ticket = tickets.get(ticketId);
    if (ticket?.performanceId !== performanceId) return refuse('ticket-not-found', 'This is no ticket of this performance.');
    const standing = (await findStanding(tx, tickets)).get(ticketId);
    if (!standing) return undefined;
    await tx.execute('UPDATE check_ins SET live_ticket_id = NULL, undone_at = UTC_TIMESTAMP(3) WHERE id = ?', [idToBinary(standing.id)]);
    await addEvent(tx, 'ticket.check-in-undone', ticket.reservationId, checkInData(standing.id, ticket));
    await recordAudit(tx, {
      ...{ actorId: actor.userId, action: 'ticket.undo-check-in', subject: ticketId },
      ...{ before: { checkedInAt: standing.checkedInAt.toISOString(), gate: standing.gate }, after: null },
    });
    return undefined;
  });
  if (refusal) return { refusal: refusalResult(refusal).value };
  ctx.outbox.wake();
  return {};
}
