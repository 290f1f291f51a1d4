import type { MessageInitShape } from '@bufbuild/protobuf';
import { crashPoint } from '@ticketing/common/crash-point';
import { idFromBinary, idToBinary, type Queryable } from '@ticketing/common/database';
import { addEvent } from '@ticketing/common/outbox';
import { isRefusal, type Refusal, refusalResult, refuse } from '@ticketing/common/refusal';
import type { ReleaseTicketsRequest, ReleaseTicketsResponseSchema } from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import type { Context } from '../context.ts';
import { lockTicketsOf } from '../tickets/lock-ticket.ts';
import { refuseUsed } from '../tickets/refuse-used.ts';
import { eventData } from './event-data.ts';
import { findReservation, type Reservation, type SeatTicket } from './reservation.ts';

const released = 'released';

/**
 * Puts the seats of some tickets back on sale and voids these tickets; with the last ones the reservation is REFUNDED. The first outcome of a
 * refund stays: a late copy of a question that was refused does not void tickets whose points nobody gives back.
 * Refuses with `reservation-not-found` (none was confirmed by this payment) or with `refund-not-allowed`: a ticket is void already or, unless
 * an operator wants it, the performance has begun, somebody was let in with one, or one was passed on.
 * @throws Error when the amount is not the price of the tickets, or a seat is not sold to this reservation
 */
export async function releaseTickets(
  ctx: Pick<Context, 'db' | 'outbox'>,
  request: ReleaseTicketsRequest,
): Promise<MessageInitShape<typeof ReleaseTicketsResponseSchema>> {
  const refusal = await ctx.db.transaction((tx) => release(tx, request));
  if (refusal) return { result: refusalResult(refusal) };
  await crashPoint('release-tickets.after-commit');
  ctx.outbox.wake();
  return { result: { case: 'release', value: {} } };
}

async function release(tx: Queryable, request: ReleaseTicketsRequest): Promise<Refusal | undefined> {
  const reservation = await lockPaid(tx, request);
  if (isRefusal(reservation)) return reservation;
  const [known] = await tx.query<{ outcome: string }>('SELECT outcome FROM ticket_releases WHERE refund_id = ?', [
    idToBinary(request.refundId),
  ]);
  if (known) return known.outcome === released ? undefined : refuse(known.outcome, 'The refund was refused before.');

  const tickets = await lockTicketsOf(tx, reservation);
  const good = tickets.filter(({ isGood }) => isGood);
  // A payment names the tickets that it was given; where one was passed on, another ticket is good for its seat.
  const asked = new Set(tickets.filter(({ id }) => request.ticketIds.includes(id)).map(({ seatId }) => seatId));
  const going = good.filter(({ seatId }) => asked.has(seatId));
  const refusal =
    going.length < request.ticketIds.length
      ? refuse('refund-not-allowed', 'A ticket is void already.')
      : await checkUse(tx, reservation, request, going);
  await tx.execute('INSERT INTO ticket_releases (refund_id, reservation_id, outcome) VALUES (?, ?, ?)', [
    ...[idToBinary(request.refundId), idToBinary(reservation.id)],
    refusal?.code ?? released,
  ]);
  if (refusal) return refusal;
  await giveBack(tx, request, { reservation, going, left: good.length - going.length });
  await crashPoint('release-tickets.before-commit');
  return undefined;
}

/** Its row makes releases of one reservation take turns. */
async function lockPaid(tx: Queryable, { reservationId, paymentId }: ReleaseTicketsRequest): Promise<Reservation | Refusal> {
  const [row] = await tx.query<{ user_id: Buffer }>('SELECT user_id FROM reservations WHERE id = ? AND payment_id = ? FOR UPDATE', [
    idToBinary(reservationId),
    idToBinary(paymentId),
  ]);
  const reservation = row && (await findReservation(tx, reservationId, idFromBinary(row.user_id)));
  return reservation ?? refuse('reservation-not-found', 'No reservation was confirmed by this payment.');
}

async function checkUse(
  tx: Queryable,
  { performanceId, userId }: Reservation,
  { byOperator }: ReleaseTicketsRequest,
  going: SeatTicket[],
): Promise<Refusal | undefined> {
  if (byOperator) return undefined;
  const upcoming = await tx.query('SELECT 1 FROM performances WHERE id = ? AND starts_at > UTC_TIMESTAMP(3)', [idToBinary(performanceId)]);
  return upcoming.length > 0 ? refuseUsed(tx, userId, going) : refuse('refund-not-allowed', 'The performance has begun.');
}

interface Going {
  reservation: Reservation;
  going: SeatTicket[];
  /** How many good tickets remain. */
  left: number;
}

async function giveBack(tx: Queryable, { amount, paymentId, refundId }: ReleaseTicketsRequest, { reservation, going, left }: Going) {
  const id = idToBinary(reservation.id);
  const price = going.reduce((sum, ticket) => sum + ticket.price, 0);
  if (BigInt(price) !== amount) throw new Error(`refund ${refundId} is of ${amount} points, and the seats cost ${price}`);
  await tx.execute(`UPDATE reservations SET returned_seats = returned_seats + ?${left === 0 ? ", status = 'REFUNDED'" : ''} WHERE id = ?`, [
    going.length,
    id,
  ]);
  await tx.execute('UPDATE tickets SET live_seat_id = NULL WHERE id IN (?)', [going.map((ticket) => idToBinary(ticket.id))]);
  const seatIds = going.map(({ seatId }) => seatId);
  const freed = await tx.execute(
    `UPDATE seats SET status = 'AVAILABLE', reservation_id = NULL
      WHERE performance_id = ? AND id IN (?) AND reservation_id = ? AND status = 'SOLD'`,
    [idToBinary(reservation.performanceId), seatIds.map(idToBinary), id],
  );
  if (freed !== going.length)
    throw new Error(`reservation ${reservation.id} has bought ${freed} of ${going.length} seats that it has tickets for`);
  const ticketIds = going.map((ticket) => ticket.id);
  const data = { ...eventData(reservation), seatIds, amount: price, paymentId, refundId, ticketIds };
  await addEvent(tx, left === 0 ? 'reservation.refunded' : 'reservation.partly-refunded', reservation.id, data);
}
