import type { MessageInitShape } from '@bufbuild/protobuf';
import { idFromBinary, idToBinary, type Queryable } from '@ticketing/common/database';
import { type PaymentSchema, PaymentStatus } from '@ticketing/contracts/gen/ticketing/payment/v1/payment_pb';
import { z } from 'zod';

export interface Payment {
  id: string;
  userId: string;
  reservationId: string;
  performanceId: string;
  concertId: string;
  /** KRW. */
  amount: number;
  status: 'PENDING' | 'COMPLETED' | 'FAILED' | 'REFUNDED';
  /** The code of the refusal that made it fail. */
  failure: string | undefined;
  /** What it has bought, also what was given back since. */
  tickets: PaidTicket[];
}

export interface PaidTicket {
  id: string;
  seatId: string;
  /** KRW; undefined where an earlier version has written the payment. */
  price?: number | undefined;
}

/** What was given back of a payment, or is on its way. */
export interface GivenBack {
  /** KRW that are back in the wallet. */
  amount: number;
  ticketIds: ReadonlySet<string>;
  /** All tickets are, whether they are named or not. */
  isAll: boolean;
}

const nothing: GivenBack = { amount: 0, ticketIds: new Set(), isAll: false };

interface PaymentRow {
  id: Buffer;
  user_id: Buffer;
  reservation_id: Buffer;
  performance_id: Buffer;
  concert_id: Buffer;
  amount: number;
  status: Payment['status'];
  failure: string | null;
  tickets: unknown;
}

const storedTickets = z.array(z.object({ id: z.string(), seatId: z.string(), price: z.int().optional() }));

const columns = 'id, user_id, reservation_id, performance_id, concert_id, amount, status, failure, tickets';

export async function findPayment(db: Queryable, id: string): Promise<Payment | undefined> {
  const [row] = await db.query<PaymentRow>(`SELECT ${columns} FROM payments WHERE id = ?`, [idToBinary(id)]);
  return row && fromRow(row);
}

/** As it is now, and as it stays until the caller's transaction ends: its refunds begin and end one after the other. */
export async function lockPayment(tx: Queryable, id: string): Promise<Payment> {
  const [row] = await tx.query<PaymentRow>(`SELECT ${columns} FROM payments WHERE id = ? FOR UPDATE`, [idToBinary(id)]);
  if (!row) throw new Error(`payment ${id} is gone`);
  return fromRow(row);
}

function fromRow(row: PaymentRow): Payment {
  // MySQL returns a JSON column as a value, MariaDB as text.
  const tickets: unknown = typeof row.tickets === 'string' ? JSON.parse(row.tickets) : row.tickets;
  return {
    id: idFromBinary(row.id),
    userId: idFromBinary(row.user_id),
    reservationId: idFromBinary(row.reservation_id),
    performanceId: idFromBinary(row.performance_id),
    concertId: idFromBinary(row.concert_id),
    amount: row.amount,
    status: row.status,
    failure: row.failure ?? undefined,
    tickets: storedTickets.parse(tickets ?? []),
  };
}

/** A payment with the tickets that are good. */
export function toPayment(payment: Payment, givenBack = nothing): MessageInitShape<typeof PaymentSchema> {
  const { id, reservationId, amount, status, failure, tickets } = payment;
  const good = status === 'COMPLETED' && !givenBack.isAll ? tickets.filter((ticket) => !givenBack.ticketIds.has(ticket.id)) : [];
  return {
    ...{ id, reservationId, amount: BigInt(amount), status: PaymentStatus[status], failure: failure ?? '' },
    tickets: good.map((ticket) => ({ id: ticket.id, seatId: ticket.seatId })),
    refundedAmount: BigInt(givenBack.amount),
  };
}

/** The part that all events of a payment have. */
export function eventData({ id, reservationId, performanceId, concertId, userId, amount }: Payment) {
  return { paymentId: id, reservationId, performanceId, concertId, userId, amount };
}
