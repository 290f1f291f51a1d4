import type { MessageInitShape } from '@bufbuild/protobuf';
import { idFromBinary, idToBinary } from '@ticketing/common/database';
import type {
  FollowCancellationsRequest,
  FollowCancellationsResponseSchema,
} from '@ticketing/contracts/gen/ticketing/payment/v1/cancellations_pb';
import type { Context } from '../context.ts';
import { noteCancellation } from './note-cancellation.ts';

interface CountRow {
  performance_id: Buffer;
  refunds: number;
  done: string | number;
}

/** Remembers that performances are cancelled, and counts what is and what will be given back. Neither number ever goes back. */
export async function followCancellations(
  { db }: Pick<Context, 'db'>,
  { performanceIds }: FollowCancellationsRequest,
): Promise<MessageInitShape<typeof FollowCancellationsResponseSchema>> {
  if (performanceIds.length === 0) return { items: [] };
  const known = await db.query<{ performance_id: Buffer }>('SELECT performance_id FROM cancellations WHERE performance_id IN (?)', [
    performanceIds.map(idToBinary),
  ]);
  const ids = new Set(known.map((row) => idFromBinary(row.performance_id)));
  for (const id of performanceIds) {
    if (!ids.has(id)) await db.transaction((tx) => noteCancellation(tx, id));
  }
  const rows = await db.query<CountRow>(
    `SELECT o.performance_id, COUNT(*) AS refunds, SUM(p.status = 'REFUNDED') AS done
       FROM cancelled_orders o JOIN payments p ON p.id = o.payment_id WHERE o.performance_id IN (?) GROUP BY o.performance_id`,
    [performanceIds.map(idToBinary)],
  );
  const counts = new Map(rows.map((row) => [idFromBinary(row.performance_id), row]));
  return {
    items: performanceIds.map((performanceId) => {
      const row = counts.get(performanceId);
      return { performanceId, refunds: row?.refunds ?? 0, done: Number(row?.done ?? 0) };
    }),
  };
}
