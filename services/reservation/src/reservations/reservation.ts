import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { idFromBinary, idToBinary, type Queryable, type SqlValue } from '@ticketing/common/database';
import {
  type ReservationSchema,
  ReservationStatus,
  type TicketReferenceSchema,
} from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import type { SeatPlace } from '../performances/performances.ts';

/** A reservation as it is now: a hold whose time has run out is EXPIRED, even where no sweeper has written that down. */
export interface Reservation {
  id: string;
  userId: string;
  concertId: string;
  performanceId: string;
  status: 'HELD' | 'CONFIRMED' | 'EXPIRED' | 'CANCELLED' | 'REFUNDED';
  seats: SeatPlace[];
  /** KRW for all seats. */
  amount: number;
  expiresAt: Date;
  createdAt: Date;
  /** The queue pass that it was placed with; empty where that is not known. */
  passId: string;
  /** The payment that has bought it, also after a refund. */
  paymentId: string | undefined;
  /** Good tickets, also those that were passed on; none before the payment and for what was refunded. */
  tickets: SeatTicket[];
}

export interface SeatTicket {
  id: string;
  seatId: string;
  /** Who has it: the payer, or who took it over. */
  userId: string;
  /** KRW. */
  price: number;
}

interface ReservationRow {
  id: Buffer;
  user_id: Buffer;
  concert_id: Buffer;
  performance_id: Buffer;
  status: Reservation['status'];
  amount: number;
  expires_at: Date;
  created_at: Date;
  pass_id: string | null;
  payment_id: Buffer | null;
}

interface SeatRow {
  reservation_id: Buffer;
  seat_id: Buffer;
  section: string;
  row_label: string;
  number: number;
  price: number;
}

interface TicketRow {
  id: Buffer;
  reservation_id: Buffer;
  user_id: Buffer;
  seat_id: Buffer;
}

/** One person's reservation; undefined also for somebody else's. */
export async function findReservation(db: Queryable, id: string, userId: string): Promise<Reservation | undefined> {
  const [found] = await readReservations(db, 'id = ? AND user_id = ?', [idToBinary(id), idToBinary(userId)]);
  return found;
}

/** Reservations by stored id, whosever they are. */
export function findReservations(db: Queryable, ids: Buffer[]): Promise<Reservation[]> {
  return readReservations(db, 'id IN (?)', [ids]);
}

/** Which of a person's reservations are wanted; `before` is the id of the last one of the page before. */
export interface ReservationFilter {
  status?: Reservation['status'] | undefined;
  concertId?: string | undefined;
  before?: string | undefined;
}

/** A page of a person's reservations, newest first. */
export function findReservationsOf(db: Queryable, userId: string, limit: number, filter: ReservationFilter): Promise<Reservation[]> {
  const { status, concertId, before } = filter;
  const conditions: [sql: string, value: SqlValue][] = [['user_id = ?', idToBinary(userId)]];
  if (status !== undefined) conditions.push([`${statusNow} = ?`, status]);
  if (concertId !== undefined) conditions.push(['concert_id = ?', idToBinary(concertId)]);
  if (before !== undefined) conditions.push(['id < ?', idToBinary(before)]);
  const where = conditions.map(([sql]) => sql).join(' AND ');
  return readReservations(db, `${where} ORDER BY id DESC LIMIT ?`, [...conditions.map(([, value]) => value), limit]);
}

/** Which orders are wanted; `before` is the id of the last one of the page before. */
export interface OrderFilter {
  concertId?: string | undefined;
  userId?: string | undefined;
  /** The seat that an order has now. */
  seatId?: string | undefined;
  before?: string | undefined;
}

/** A page of reservations of anybody, newest first. */
export function findOrders(db: Queryable, limit: number, { concertId, userId, seatId, before }: OrderFilter): Promise<Reservation[]> {
  const conditions: [sql: string, value: SqlValue][] = [];
  if (concertId !== undefined) conditions.push(['concert_id = ?', idToBinary(concertId)]);
  if (userId !== undefined) conditions.push(['user_id = ?', idToBinary(userId)]);
  if (seatId !== undefined) conditions.push(['id = (SELECT reservation_id FROM tickets WHERE live_seat_id = ?)', idToBinary(seatId)]);
  if (before !== undefined) conditions.push(['id < ?', idToBinary(before)]);
  const where = conditions.length === 0 ? 'TRUE' : conditions.map(([sql]) => sql).join(' AND ');
  return readReservations(db, `${where} ORDER BY id DESC LIMIT ?`, [...conditions.map(([, value]) => value), limit]);
}

const statusNow = `CASE WHEN status = 'HELD' AND expires_at <= UTC_TIMESTAMP(3) THEN 'EXPIRED' ELSE status END`;

async function readReservations(db: Queryable, where: string, values: SqlValue[]): Promise<Reservation[]> {
  const rows = await db.query<ReservationRow>(
    `SELECT id, user_id, concert_id, performance_id, amount, expires_at, created_at, pass_id, payment_id, ${statusNow} AS status
       FROM reservations WHERE ${where}`,
    values,
  );
  if (rows.length === 0) return [];
  const ids = rows.map((row) => row.id);
  const seats = await db.query<SeatRow>('SELECT * FROM reservation_seats WHERE reservation_id IN (?) ORDER BY seat_id', [ids]);
  const tickets = await db.query<TicketRow>(
    `SELECT id, reservation_id, user_id, seat_id FROM tickets
      WHERE reservation_id IN (?) AND live_seat_id IS NOT NULL ORDER BY seat_id`,
    [ids],
  );
  return rows.map((row) => {
    const places = seats.filter((seat) => seat.reservation_id.equals(row.id)).map(toSeatPlace);
    const own = tickets.filter((ticket) => ticket.reservation_id.equals(row.id));
    return { ...toBareReservation(row), seats: places, tickets: own.map((ticket) => toSeatTicket(ticket, places)) };
  });
}

function toBareReservation(row: ReservationRow): Omit<Reservation, 'seats' | 'tickets'> {
  return {
    id: idFromBinary(row.id),
    userId: idFromBinary(row.user_id),
    concertId: idFromBinary(row.concert_id),
    performanceId: idFromBinary(row.performance_id),
    status: row.status,
    amount: row.amount,
    expiresAt: row.expires_at,
    createdAt: row.created_at,
    passId: row.pass_id ?? '',
    paymentId: row.payment_id ? idFromBinary(row.payment_id) : undefined,
  };
}

function toSeatPlace(row: SeatRow): SeatPlace {
  return { id: idFromBinary(row.seat_id), section: row.section, row: row.row_label, number: row.number, price: row.price };
}

/** @throws Error when the ticket's seat is not of its reservation */
function toSeatTicket({ id, seat_id: seatId, user_id: userId }: TicketRow, seats: SeatPlace[]): SeatTicket {
  const seat = seats.find((place) => place.id === idFromBinary(seatId));
  if (!seat) throw new Error(`ticket ${idFromBinary(id)} is for a seat that is not of its reservation`);
  return { id: idFromBinary(id), seatId: seat.id, userId: idFromBinary(userId), price: seat.price };
}

export function toReservation(reservation: Reservation): MessageInitShape<typeof ReservationSchema> {
  const { status, tickets } = reservation;
  const isPaid = status === 'CONFIRMED' || status === 'REFUNDED';
  const good = new Set(tickets.map(({ seatId }) => seatId));
  return {
    ...reservation,
    status: ReservationStatus[status],
    seats: reservation.seats.map((seat) => ({ ...seat, price: BigInt(seat.price), returned: isPaid && !good.has(seat.id) })),
    amount: BigInt(reservation.amount),
    expiresAt: timestampFromDate(reservation.expiresAt),
    createdAt: timestampFromDate(reservation.createdAt),
    paymentId: reservation.paymentId ?? '',
    tickets: tickets.filter(({ userId }) => userId === reservation.userId).map(toTicketReference),
  };
}

export function toTicketReference({ id, seatId, price }: Omit<SeatTicket, 'userId'>): MessageInitShape<typeof TicketReferenceSchema> {
  return { id, seatId, price: BigInt(price) };
}
