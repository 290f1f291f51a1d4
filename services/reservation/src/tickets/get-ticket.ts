import type { MessageInitShape } from '@bufbuild/protobuf';
import { idFromBinary, idToBinary } from '@ticketing/common/database';
import { refusalResult, refuse } from '@ticketing/common/refusal';
import type { GetTicketRequest, GetTicketResponseSchema } from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import type { Context } from '../context.ts';
import { admissionMs } from '../gate/admission.ts';
import { selectTickets, toTicket } from './ticket.ts';
import { writeCodes } from './ticket-codes.ts';

/**
 * A ticket of this person, with what its codes show while it is good; those of a cancelled performance are void before they are refunded.
 * Refuses with `ticket-not-found`, also for somebody else's one.
 */
export async function getTicket(
  ctx: Pick<Context, 'db' | 'ticketKeys'>,
  { ticketId, userId }: Pick<GetTicketRequest, 'ticketId' | 'userId'>,
): Promise<MessageInitShape<typeof GetTicketResponseSchema>> {
  const [row] = await selectTickets(ctx.db, 'WHERE t.id = ? AND t.user_id = ?', [idToBinary(ticketId), idToBinary(userId)]);
  if (!row) return { result: refusalResult(refuse('ticket-not-found', 'You have no such ticket.')) };
  const ticket = toTicket(row);
  if (row.is_valid === 0) return { result: { case: 'ticket', value: ticket } };
  const coded = { ticketId, performanceId: idFromBinary(row.performance_id), seatId: idFromBinary(row.seat_id) };
  const codes = await writeCodes(ctx.ticketKeys, coded, new Date(row.starts_at.getTime() + admissionMs));
  return { result: { case: 'ticket', value: { ...ticket, ...codes } } };
}
