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
  tickets: { id: string; seatId: string }[];
}

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

const storedTickets = z.array(z.object({ id: z.string(), seatId: z.string() }));

export async function findPayment(db: Queryable, id: string): Promise<Payment | undefined> {
  const [row] = await db.query<PaymentRow>(
    'SELECT id, user_id, reservation_id, performance_id, concert_id, amount, status, failure, tickets FROM payments WHERE id = ?',
    [idToBinary(id)],
  );
  return row && fromRow(row);
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
    tickets: row.status === 'COMPLETED' ? storedTickets.parse(tickets) : [],
  };
}

export function toPayment(payment: Payment): MessageInitShape<typeof PaymentSchema> {
  const { id, reservationId, amount, status, failure, tickets } = payment;
  return { id, reservationId, amount: BigInt(amount), status: PaymentStatus[status], failure: failure ?? '', tickets };
}

/** The part that all events of a payment have. */
export function eventData({ id, reservationId, performanceId, concertId, userId, amount }: Payment) {
  return { paymentId: id, reservationId, performanceId, concertId, userId, amount };
}
