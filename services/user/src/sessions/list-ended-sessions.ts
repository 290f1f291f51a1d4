import type { MessageInitShape } from '@bufbuild/protobuf';
import { idFromBinary, idToBinary } from '@ticketing/common/database';
import type { ListEndedSessionsRequest, ListEndedSessionsResponseSchema } from '@ticketing/contracts/gen/ticketing/user/v1/user_pb';
import { z } from 'zod';
import type { Context } from '../context.ts';

/** Sessions of one answer. */
const pageSize = 10_000;
// What ended so long ago may have been committed only now.
const longestCommitSeconds = 60;
// A token may have been signed while its session ended, and clocks differ.
const marginSeconds = 120;

/** The time in milliseconds and the session that the list ended with. */
const markShape = z.tuple([z.int(), z.string()]);
type Mark = z.output<typeof markShape>;
const firstId = '00000000-0000-0000-0000-000000000000';

/** Lists sessions that have ended since a mark, as far as tokens of them may be good, the oldest first. An empty mark lists all. */
export async function listEndedSessions(
  { db, config }: Pick<Context, 'db' | 'config'>,
  { mark }: ListEndedSessionsRequest,
  most = pageSize,
): Promise<MessageInitShape<typeof ListEndedSessionsResponseSchema>> {
  const keepSeconds = config.ACCESS_TOKEN_SECONDS + marginSeconds;
  const [time] = await db.query<{ now: Date }>('SELECT UTC_TIMESTAMP(3) AS now');
  if (!time) throw new Error('the database told no time');
  const now = time.now.getTime();
  const oldest: Mark = [now - keepSeconds * 1_000, firstId];
  const marked = readMark(mark) ?? oldest;
  const [at, id] = marked[0] < oldest[0] ? oldest : marked;
  const from = new Date(at);
  const rows = await db.query<{ id: Buffer; ended_at: Date }>(
    `SELECT id, ended_at FROM sessions
      WHERE ended_at >= ? AND (ended_at > ? OR id > ?) ORDER BY ended_at, id LIMIT ${most}`,
    [from, from, idToBinary(id)],
  );
  const last = rows.length === most ? rows.at(-1) : undefined;
  const next: Mark = last ? [last.ended_at.getTime(), idFromBinary(last.id)] : [now - longestCommitSeconds * 1_000, firstId];
  return {
    sessionIds: rows.map((row) => idFromBinary(row.id)),
    mark: JSON.stringify(next),
    hasMore: last !== undefined,
    keepSeconds,
  };
}

function readMark(mark: string): Mark | undefined {
  return mark === '' ? undefined : markShape.parse(JSON.parse(mark));
}
