import type { MessageInitShape } from '@bufbuild/protobuf';
import { idFromBinary, idToBinary } from '@ticketing/common/database';
import { refusalResult, refuse } from '@ticketing/common/refusal';
import {
  type GetTicketRequest,
  type GetTicketResponseSchema,
  TicketStatus,
} from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import type { Context } from '../context.ts';
import { admissionMs } from '../gate/admission.ts';
import { writeCodes } from './ticket-codes.ts';

interface TicketRow {
  reservation_id: Buffer;
  performance_id: Buffer;
  starts_at: Date;
  seat_id: Buffer;
  section: string;
  row_label: string;
  number: number;
  price: number;
  is_valid: number;
}

/** A ticket of this person, with what its codes show while it is good. Refuses with `ticket-not-found`, also for somebody else's one. */
export async function getTicket(
  ctx: Pick<Context, 'db' | 'ticketKeys'>,
  { ticketId, userId }: GetTicketRequest,
): Promise<MessageInitShape<typeof GetTicketResponseSchema>> {
  const [row] = await ctx.db.query<TicketRow>(
    `SELECT t.reservation_id, r.performance_id, p.starts_at, s.seat_id, s.section, s.row_label, s.number, s.price,
            t.live_seat_id IS NOT NULL AS is_valid
       FROM tickets t
       JOIN reservations r ON r.id = t.reservation_id
       JOIN performances p ON p.id = r.performance_id
       JOIN reservation_seats s ON s.reservation_id = t.reservation_id AND s.seat_id = t.seat_id
      WHERE t.id = ? AND t.user_id = ?`,
    [idToBinary(ticketId), idToBinary(userId)],
  );
  if (!row) return { result: refusalResult(refuse('ticket-not-found', 'You have no such ticket.')) };
  const ticket = {
    id: ticketId,
    reservationId: idFromBinary(row.reservation_id),
    performanceId: idFromBinary(row.performance_id),
    seat: { id: idFromBinary(row.seat_id), section: row.section, row: row.row_label, number: row.number, price: BigInt(row.price) },
  };
  // MySQL and MariaDB answer a condition with 0 or 1.
  if (row.is_valid === 0) return { result: { case: 'ticket', value: { ...ticket, status: TicketStatus.VOID } } };
  const coded = { ticketId, performanceId: ticket.performanceId, seatId: ticket.seat.id };
  const codes = await writeCodes(ctx.ticketKeys, coded, new Date(row.starts_at.getTime() + admissionMs));
  return { result: { case: 'ticket', value: { ...ticket, status: TicketStatus.VALID, ...codes } } };
}
