import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { idFromBinary, type Queryable, type SqlValue } from '@ticketing/common/database';
import { type TicketSchema, TicketStatus } from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';

/** A ticket as the database has it, with its seat and the offer to pass it on that is open now. */
export interface TicketRow {
  id: Buffer;
  reservation_id: Buffer;
  performance_id: Buffer;
  concert_id: Buffer;
  starts_at: Date;
  seat_id: Buffer;
  section: string;
  row_label: string;
  number: number;
  price: number;
  /** MySQL and MariaDB answer a condition with 0 or 1. */
  is_valid: number;
  transfer_id: Buffer | null;
  transfer_expires_at: Date | null;
}

/** @param rest what follows the FROM clause; the tickets are `t` */
export function selectTickets(db: Queryable, rest: string, values: SqlValue[]): Promise<TicketRow[]> {
  return db.query<TicketRow>(
    `SELECT t.id, t.reservation_id, r.performance_id, r.concert_id, p.starts_at, s.seat_id, s.section, s.row_label, s.number, s.price,
            t.live_seat_id IS NOT NULL AND p.status = 'SCHEDULED' AS is_valid, x.id AS transfer_id, x.expires_at AS transfer_expires_at
       FROM tickets t
       JOIN reservations r ON r.id = t.reservation_id
       JOIN performances p ON p.id = r.performance_id
       JOIN reservation_seats s ON s.reservation_id = t.reservation_id AND s.seat_id = t.seat_id
       LEFT JOIN ticket_transfers x ON x.open_ticket_id = t.id AND x.expires_at > UTC_TIMESTAMP(3)
      ${rest}`,
    values,
  );
}

/** The ticket without its QR code. */
export function toTicket(row: TicketRow): MessageInitShape<typeof TicketSchema> {
  const { transfer_id: transferId, transfer_expires_at: expiresAt } = row;
  return {
    id: idFromBinary(row.id),
    reservationId: idFromBinary(row.reservation_id),
    performanceId: idFromBinary(row.performance_id),
    concertId: idFromBinary(row.concert_id),
    seat: { id: idFromBinary(row.seat_id), section: row.section, row: row.row_label, number: row.number, price: BigInt(row.price) },
    status: row.is_valid === 1 ? TicketStatus.VALID : TicketStatus.VOID,
    ...(row.is_valid === 1 &&
      transferId &&
      expiresAt && { transfer: { id: idFromBinary(transferId), expiresAt: timestampFromDate(expiresAt) } }),
  };
}
