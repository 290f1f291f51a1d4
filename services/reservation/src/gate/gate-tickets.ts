import { idFromBinary, idToBinary, type Queryable } from '@ticketing/common/database';
import type { SeatPlace } from '../performances/performances.ts';

/** A ticket as a gate looks at it. */
export interface GateTicket {
  id: string;
  reservationId: string;
  performanceId: string;
  concertId: string;
  userId: string;
  seat: SeatPlace;
  /** Also while its performance is cancelled and it is not refunded yet. */
  isVoid: boolean;
}

interface TicketRow {
  id: Buffer;
  reservation_id: Buffer;
  performance_id: Buffer;
  concert_id: Buffer;
  user_id: Buffer;
  seat_id: Buffer;
  section: string;
  row_label: string;
  number: number;
  price: number;
  is_void: number;
}

/**
 * Tickets as they are now, with their reservations: until the transaction ends, none of them becomes void or is checked in. Reservations are
 * locked before tickets, as everywhere.
 * @returns by id; unknown ones are left out
 */
export async function lockTickets(tx: Queryable, ticketIds: readonly string[]): Promise<Map<string, GateTicket>> {
  const ids = [...new Set(ticketIds)].map(idToBinary);
  const owners = ids.length === 0 ? [] : await tx.query<{ id: Buffer }>('SELECT reservation_id AS id FROM tickets WHERE id IN (?)', [ids]);
  if (owners.length === 0) return new Map();
  await tx.query('SELECT 1 FROM reservations WHERE id IN (?) ORDER BY id FOR UPDATE', [owners.map(({ id }) => id)]);
  await tx.query('SELECT 1 FROM tickets WHERE id IN (?) ORDER BY id FOR UPDATE', [ids]);
  const rows = await tx.query<TicketRow>(
    `SELECT t.id, t.reservation_id, r.performance_id, r.concert_id, t.user_id, t.live_seat_id IS NULL OR p.status = 'CANCELLED' AS is_void,
            s.seat_id, s.section, s.row_label, s.number, s.price
       FROM tickets t
       JOIN reservations r ON r.id = t.reservation_id
       JOIN performances p ON p.id = r.performance_id
       JOIN reservation_seats s ON s.reservation_id = t.reservation_id AND s.seat_id = t.seat_id
      WHERE t.id IN (?)`,
    [ids],
  );
  return new Map(rows.map((row) => [idFromBinary(row.id), toGateTicket(row)]));
}

function toGateTicket(row: TicketRow): GateTicket {
  return {
    id: idFromBinary(row.id),
    reservationId: idFromBinary(row.reservation_id),
    performanceId: idFromBinary(row.performance_id),
    concertId: idFromBinary(row.concert_id),
    userId: idFromBinary(row.user_id),
    seat: { id: idFromBinary(row.seat_id), section: row.section, row: row.row_label, number: row.number, price: row.price },
    // MySQL and MariaDB answer a condition with 0 or 1.
    isVoid: row.is_void === 1,
  };
}

/** Whether somebody was let in with one of these tickets, of a reservation whose row the caller has locked. */
export async function isCheckedIn(tx: Queryable, ticketIds: readonly string[]): Promise<boolean> {
  if (ticketIds.length === 0) return false;
  const rows = await tx.query('SELECT 1 FROM check_ins WHERE live_ticket_id IN (?) LIMIT 1', [ticketIds.map(idToBinary)]);
  return rows.length > 0;
}
