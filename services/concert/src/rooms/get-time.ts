import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { GetTimeResponseSchema } from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import type { Context } from '../context.ts';

/** The database's time, which the waiting rooms open by. */
export async function getTime(ctx: Pick<Context, 'db'>): Promise<MessageInitShape<typeof GetTimeResponseSchema>> {
  const [row] = await ctx.db.query<{ now: Date }>('SELECT UTC_TIMESTAMP(3) AS now', []);
  return row ? { now: timestampFromDate(row.now) } : {};
}
