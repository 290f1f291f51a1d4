import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { idFromBinary, idToBinary } from '@ticketing/common/database';
import type {
  DescribePerformancesRequest,
  DescribePerformancesResponseSchema,
} from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import type { Context } from '../context.ts';

interface DescriptionRow {
  id: Buffer;
  concert_id: Buffer;
  title: string;
  artist: string;
  version: number;
  starts_at: Date;
  venue_id: Buffer;
  venue_name: string;
  city: string;
  time_zone: string;
}

/** Names performances with their concerts and venues; ids that are unknown are left out. */
export async function describePerformances(
  ctx: Pick<Context, 'db'>,
  { performanceIds }: DescribePerformancesRequest,
): Promise<MessageInitShape<typeof DescribePerformancesResponseSchema>> {
  if (performanceIds.length === 0) return { items: [] };
  const rows = await ctx.db.query<DescriptionRow>(
    `SELECT p.id, p.concert_id, c.title, c.artist, c.version, p.starts_at, v.id AS venue_id, v.name AS venue_name, v.city, v.time_zone
       FROM performances p JOIN concerts c ON c.id = p.concert_id JOIN venues v ON v.id = c.venue_id
      WHERE p.id IN (?) AND c.state <> 'DRAFT'`,
    [performanceIds.map(idToBinary)],
  );
  return {
    items: rows.map((row) => ({
      performanceId: idFromBinary(row.id),
      concertId: idFromBinary(row.concert_id),
      concertTitle: row.title,
      concertArtist: row.artist,
      concertVersion: row.version,
      venue: { id: idFromBinary(row.venue_id), name: row.venue_name, city: row.city, timeZone: row.time_zone },
      startsAt: timestampFromDate(row.starts_at),
    })),
  };
}
