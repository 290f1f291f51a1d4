import type { MessageInitShape } from '@bufbuild/protobuf';
import { idFromBinary, idToBinary } from '@ticketing/common/database';
import type {
  GetAvailabilityRequest,
  GetAvailabilityResponseSchema,
} from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import type { Context } from '../context.ts';

interface CountRow {
  performance_id: Buffer;
  total: number;
  held: string | number;
  sold: string | number;
}

/** Counts seats of the named performances, or of all performances of a concert. An expired hold counts as available. */
export async function getAvailability(
  ctx: Pick<Context, 'db'>,
  { performanceIds, concertId }: GetAvailabilityRequest,
): Promise<MessageInitShape<typeof GetAvailabilityResponseSchema>> {
  const ids = performanceIds.length > 0 ? performanceIds.map(idToBinary) : await performancesOf(ctx, concertId);
  if (ids.length === 0) return { items: [] };
  const rows = await ctx.db.query<CountRow>(
    `SELECT performance_id, COUNT(*) AS total,
            SUM(status = 'HELD' AND hold_expires_at > UTC_TIMESTAMP(3)) AS held,
            SUM(status = 'SOLD') AS sold
       FROM seats WHERE performance_id IN (?) GROUP BY performance_id`,
    [ids],
  );
  return {
    items: rows.map((row) => {
      const [held, sold] = [Number(row.held), Number(row.sold)];
      return { performanceId: idFromBinary(row.performance_id), total: row.total, held, sold, available: row.total - held - sold };
    }),
  };
}

async function performancesOf(ctx: Pick<Context, 'db'>, concertId: string): Promise<Buffer[]> {
  const rows = await ctx.db.query<{ id: Buffer }>('SELECT id FROM performances WHERE concert_id = ?', [idToBinary(concertId)]);
  return rows.map((row) => row.id);
}
