import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { idFromBinary, idToBinary } from '@ticketing/common/database';
import { refusalResult, refuse } from '@ticketing/common/refusal';
import type { ListBlocksRequest, ListBlocksResponseSchema } from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import type { Context } from '../context.ts';
import { countSeats } from '../seats/seat-counts.ts';

interface BlockRow {
  id: Buffer;
  reason: string;
  created_at: Date;
}

/** The blocks of a performance that are not released, the oldest first, and how its seats are shared out. Refuses with `performance-not-found`. */
export async function listBlocks(
  { db }: Pick<Context, 'db'>,
  { performanceId }: ListBlocksRequest,
): Promise<MessageInitShape<typeof ListBlocksResponseSchema>> {
  const performance = idToBinary(performanceId);
  const [seats] = await countSeats(db, [performance]);
  if (!seats) return { result: refusalResult(refuse('performance-not-found', 'There is no such performance.')) };
  const rows = await db.query<BlockRow>(
    'SELECT id, reason, created_at FROM seat_blocks WHERE performance_id = ? AND released_at IS NULL ORDER BY id',
    [performance],
  );
  const blocked = await db.query<{ block: Buffer; position: number }>(
    `SELECT reservation_id AS block, position FROM seats WHERE performance_id = ? AND status = 'BLOCKED' ORDER BY position`,
    [performance],
  );
  const items = rows.map(({ id, reason, created_at: createdAt }) => ({
    id: idFromBinary(id),
    positions: blocked.filter(({ block }) => block.equals(id)).map(({ position }) => position),
    ...{ reason, createdAt: timestampFromDate(createdAt) },
  }));
  return { result: { case: 'blocks', value: { items, seats } } };
}
