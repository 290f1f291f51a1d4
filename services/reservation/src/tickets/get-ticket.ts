import type { MessageInitShape } from '@bufbuild/protobuf';
import { idFromBinary, idToBinary } from '@ticketing/common/database';
import { refusalResult, refuse } from '@ticketing/common/refusal';
import type { GetTicketRequest, GetTicketResponseSchema } from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import type { Context } from '../context.ts';

interface TicketRow {
  reservation_id: Buffer;
  performance_id: Buffer;
  starts_at: Date;
  seat_id: Buffer;
  section: string;
  row_label: string;
  number: number;
  price: number;
}

const admissionMs = 24 * 60 * 60 * 1_000;

/** A good ticket of this person, with what its QR code shows. Refuses with `ticket-not-found`, also for a void or somebody else's one. */
export async function getTicket(
  ctx: Pick<Context, 'db' | 'ticketKeys'>,
  { ticketId, userId }: GetTicketRequest,
): Promise<MessageInitShape<typeof GetTicketResponseSchema>> {
  const [row] = await ctx.db.query<TicketRow>(
    `SELECT t.reservation_id, r.performance_id, p.starts_at, s.seat_id, s.section, s.row_label, s.number, s.price
       FROM tickets t
       JOIN reservations r ON r.id = t.reservation_id
       JOIN performances p ON p.id = r.performance_id
       JOIN reservation_seats s ON s.reservation_id = t.reservation_id AND s.seat_id = t.seat_id
      WHERE t.id = ? AND t.user_id = ? AND t.live_seat_id IS NOT NULL`,
    [idToBinary(ticketId), idToBinary(userId)],
  );
  if (!row) return { result: refusalResult(refuse('ticket-not-found', 'You have no such ticket.')) };
  const performanceId = idFromBinary(row.performance_id);
  const seatId = idFromBinary(row.seat_id);
  const qr = await ctx.ticketKeys.sign(
    { sub: ticketId, performance: performanceId, seat: seatId },
    { issuer: 'ticketing-reservation', audience: 'ticketing-gate', expiresAt: new Date(row.starts_at.getTime() + admissionMs) },
  );
  const seat = { id: seatId, section: row.section, row: row.row_label, number: row.number, price: BigInt(row.price) };
  return { result: { case: 'ticket', value: { id: ticketId, reservationId: idFromBinary(row.reservation_id), performanceId, seat, qr } } };
}
