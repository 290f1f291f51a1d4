import type { MessageInitShape } from '@bufbuild/protobuf';
import { actorOf } from '@ticketing/common/actor';
import { recordAudit } from '@ticketing/common/audit';
import { idToBinary } from '@ticketing/common/database';
import { type Refusal, refuse } from '@ticketing/common/refusal';
import type { ReleaseBlockRequest, ReleaseBlockResponseSchema } from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import type { Context } from '../context.ts';

interface BlockRow {
  seat_count: number;
  reason: string;
  released_at: Date | null;
}

/**
 * Lets everybody have the seats of a block. One that is released already stays so and is no error. Refuses with `block-not-found`.
 * @throws Error when not all of the seats are the block's
 */
export async function releaseBlock(
  { db }: Pick<Context, 'db'>,
  request: ReleaseBlockRequest,
): Promise<MessageInitShape<typeof ReleaseBlockResponseSchema>> {
  const { userId: actorId } = actorOf(request);
  const [block, performance] = [idToBinary(request.blockId), idToBinary(request.performanceId)];
  const refusal = await db.transaction<Refusal | undefined>(async (tx) => {
    const [row] = await tx.query<BlockRow>(
      'SELECT seat_count, reason, released_at FROM seat_blocks WHERE id = ? AND performance_id = ? FOR UPDATE',
      [block, performance],
    );
    if (!row) return refuse('block-not-found', 'The performance has no such block.');
    if (row.released_at) return undefined;
    await tx.execute('UPDATE seat_blocks SET released_at = UTC_TIMESTAMP(3) WHERE id = ?', [block]);
    const freed = await tx.execute(
      `UPDATE seats SET status = 'AVAILABLE', reservation_id = NULL WHERE performance_id = ? AND reservation_id = ? AND status = 'BLOCKED'`,
      [performance, block],
    );
    if (freed !== row.seat_count) throw new Error(`block ${request.blockId} has ${freed} of its ${row.seat_count} seats`);
    const before = { performanceId: request.performanceId, seats: row.seat_count, reason: row.reason };
    await recordAudit(tx, { actorId, action: 'seats.release', subject: request.blockId, before, after: null });
    return undefined;
  });
  return refusal ? { refusal } : {};
}
