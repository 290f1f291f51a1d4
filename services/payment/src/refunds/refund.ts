import type { MessageInitShape } from '@bufbuild/protobuf';
import { idFromBinary, idToBinary, type Queryable, type SqlValue } from '@ticketing/common/database';
import type { RefundSchema } from '@ticketing/contracts/gen/ticketing/payment/v1/payment_pb';
import type { GivenBack } from '../payments/payment.ts';

export interface Refund {
  id: string;
  paymentId: string;
  /** KRW. Fixed before anything moves. */
  amount: number;
  status: 'PENDING' | 'COMPLETED' | 'FAILED';
  /** An operator wants it, so that it is possible also once the performance has begun. */
  byOperator: boolean;
  /** The code of the refusal that made it fail. */
  failure: string | undefined;
  /** Empty where it is of all tickets of the payment. An earlier version knows no others. */
  ticketIds: string[];
  /** It has the payment's key: one of its live refunds always has, so that none of all tickets can begin, not even in an earlier version. */
  hasKey: boolean;
}

interface RefundRow {
  id: Buffer;
  payment_id: Buffer;
  has_key: number;
  amount: number;
  status: Refund['status'];
  failure: string | null;
  by_operator: number;
  ticket_id: Buffer | null;
}

export async function findRefund(db: Queryable, id: string): Promise<Refund | undefined> {
  const [refund] = await readRefunds(db, 'f.id = ?', [idToBinary(id)]);
  return refund;
}

/** The refunds of a payment that are done or under way, oldest first. */
export function findLiveRefunds(db: Queryable, paymentId: string): Promise<Refund[]> {
  return readRefunds(db, "f.payment_id = ? AND f.status <> 'FAILED'", [idToBinary(paymentId)]);
}

async function readRefunds(db: Queryable, where: string, values: SqlValue[]): Promise<Refund[]> {
  const rows = await db.query<RefundRow>(
    `SELECT f.id, f.payment_id, f.live_payment_id IS NOT NULL AS has_key, f.amount, f.status, f.failure, f.by_operator, t.ticket_id
       FROM refunds f LEFT JOIN refund_tickets t ON t.refund_id = f.id WHERE ${where} ORDER BY f.id, t.ticket_id`,
    values,
  );
  const refunds = new Map<string, Refund>();
  for (const row of rows) {
    const id = idFromBinary(row.id);
    const refund = refunds.get(id) ?? fromRow(id, row);
    refunds.set(id, refund);
    if (row.ticket_id) refund.ticketIds.push(idFromBinary(row.ticket_id));
  }
  return [...refunds.values()];
}

function fromRow(id: string, row: RefundRow): Refund {
  const { amount, status, failure } = row;
  return {
    ...{ id, paymentId: idFromBinary(row.payment_id), amount, status, failure: failure ?? undefined },
    ...{ byOperator: row.by_operator === 1, ticketIds: [], hasKey: row.has_key === 1 },
  };
}

/** What was given back of a payment. Tickets on their way back count, because nobody can use or return them. */
export async function findGivenBack(db: Queryable, paymentId: string): Promise<GivenBack> {
  const refunds = await findLiveRefunds(db, paymentId);
  return {
    amount: refunds.reduce((sum, { status, amount }) => (status === 'COMPLETED' ? sum + amount : sum), 0),
    isAll: refunds.some(({ ticketIds }) => ticketIds.length === 0),
    ticketIds: new Set(refunds.flatMap(({ ticketIds }) => ticketIds)),
  };
}

export function toRefund({ id, paymentId, amount, status, ticketIds }: Refund): MessageInitShape<typeof RefundSchema> {
  return { id, paymentId, amount: BigInt(amount), status, ticketIds };
}
