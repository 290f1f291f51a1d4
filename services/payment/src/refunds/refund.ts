import type { MessageInitShape } from '@bufbuild/protobuf';
import { idFromBinary, idToBinary, type Queryable } from '@ticketing/common/database';
import type { RefundSchema } from '@ticketing/contracts/gen/ticketing/payment/v1/payment_pb';

export interface Refund {
  id: string;
  paymentId: string;
  /** KRW. */
  amount: number;
  status: 'PENDING' | 'COMPLETED' | 'FAILED';
  /** An operator wants it, so that it is possible also once the performance has begun. */
  byOperator: boolean;
  /** The code of the refusal that made it fail. */
  failure: string | undefined;
}

interface RefundRow {
  payment_id: Buffer;
  amount: number;
  status: Refund['status'];
  failure: string | null;
  by_operator: number;
}

export async function findRefund(db: Queryable, id: string): Promise<Refund | undefined> {
  const [row] = await db.query<RefundRow>('SELECT payment_id, amount, status, failure, by_operator FROM refunds WHERE id = ?', [
    idToBinary(id),
  ]);
  if (!row) return undefined;
  const { amount, status, failure } = row;
  return { id, paymentId: idFromBinary(row.payment_id), amount, status, failure: failure ?? undefined, byOperator: row.by_operator === 1 };
}

export function toRefund({ id, paymentId, amount, status }: Refund): MessageInitShape<typeof RefundSchema> {
  return { id, paymentId, amount: BigInt(amount), status };
}
