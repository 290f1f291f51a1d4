import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { actorOf } from '@ticketing/common/actor';
import { answerKeyed } from '@ticketing/common/answer-keyed';
import { recordAudit } from '@ticketing/common/audit';
import { idFromBinary, idToBinary, newId, type Queryable, Rollback } from '@ticketing/common/database';
import { isRefusal, type Refusal, refusalResult, refuse } from '@ticketing/common/refusal';
import {
  type BlockSeatsRequest,
  type BlockSeatsResponse,
  BlockSeatsResponseSchema,
} from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import type { Context } from '../context.ts';
import { type Performance, positionsOf } from '../performances/performances.ts';
import { canBeHad } from '../reservations/choose-best-seats.ts';

/**
 * Keeps free seats for guests: all of them or none. Nobody can have them until the block is released.
 * Refuses with `performance-not-found`, `seat-not-found`, `seat-taken` or `idempotency-key-reused`.
 */
export async function blockSeats(
  ctx: Pick<Context, 'db' | 'performances'>,
  request: BlockSeatsRequest,
): Promise<MessageInitShape<typeof BlockSeatsResponseSchema>> {
  const { performanceId, reason, idempotencyKey: key } = request;
  const { userId: actorId } = actorOf(request);
  const performance = await ctx.performances.find(performanceId);
  if (!performance) return { result: refusalResult(refuse('performance-not-found', 'There is no such performance.')) };
  const positions = [...new Set(request.positions)].sort((one, other) => one - other);
  const unknown = positions.filter((position) => performance.idAt[position] === undefined);
  if (unknown.length > 0) return { result: refusalResult(refuse('seat-not-found', 'The performance has no such seat.', [], unknown)) };

  const once = { userId: actorId, operation: 'block-seats', key, body: { performanceId, positions, reason } };
  const answer = await answerKeyed(ctx, once, BlockSeatsResponseSchema, (record) =>
    ctx.db.transaction(async (tx) => {
      const id = newId();
      const createdAt = await writeBlock(tx, { id, performance, positions, reason });
      if (isRefusal(createdAt)) return new Rollback(create(BlockSeatsResponseSchema, { result: refusalResult(createdAt) }));
      const after = { performanceId, positions, reason };
      await recordAudit(tx, { actorId, action: 'seats.block', subject: id, before: null, after });
      const value = { id, positions, reason, createdAt: timestampFromDate(createdAt) };
      const blocked: BlockSeatsResponse = create(BlockSeatsResponseSchema, { result: { case: 'block', value } });
      await record(tx, blocked);
      return blocked;
    }),
  );
  return isRefusal(answer) ? { result: refusalResult(answer) } : answer;
}

interface NewBlock {
  id: string;
  performance: Performance;
  positions: number[];
  reason: string;
}

/** @returns when it was made, or the refusal `seat-taken`, after which the transaction must be undone */
async function writeBlock(tx: Queryable, { id, performance, positions, reason }: NewBlock): Promise<Date | Refusal> {
  const [block, performanceId] = [idToBinary(id), idToBinary(performance.id)];
  const seats = positions.flatMap((position) => performance.idAt[position] ?? []).map(idToBinary);
  const blocked = await tx.execute(
    `UPDATE seats SET status = 'BLOCKED', reservation_id = ?, hold_expires_at = NULL
      WHERE performance_id = ? AND id IN (?) AND ${canBeHad}`,
    [block, performanceId, seats],
  );
  if (blocked < seats.length) {
    const rows = await tx.query<{ id: Buffer }>(
      `SELECT id FROM seats WHERE performance_id = ? AND id IN (?) AND NOT (status = 'BLOCKED' AND reservation_id = ?) ORDER BY position`,
      [performanceId, seats, block],
    );
    const lost = rows.map((row) => idFromBinary(row.id));
    return refuse('seat-taken', 'The seats are taken.', lost, positionsOf(performance, lost));
  }
  await tx.execute('INSERT INTO seat_blocks (id, performance_id, seat_count, reason) VALUES (?, ?, ?, ?)', [
    ...[block, performanceId],
    ...[seats.length, reason],
  ]);
  const [row] = await tx.query<{ created_at: Date }>('SELECT created_at FROM seat_blocks WHERE id = ?', [block]);
  if (!row) throw new Error(`block ${id} was not written`);
  return row.created_at;
}
