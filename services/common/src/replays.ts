import type { MessageInitShape } from '@bufbuild/protobuf';
import type { ReplaySchema } from '@ticketing/contracts/gen/ticketing/common/v1/operations_pb';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { recordAudit } from './audit.ts';
import { SidecarError } from './dapr.ts';
import { type Database, idFromBinary, idToBinary, newId, type Queryable, type SqlValue } from './database.ts';
import type { Logger } from './log.ts';
import { isOutage } from './outage.ts';
import { type OutboxRow, outboxColumns, type Publisher, publishEvents } from './publish-events.ts';

const batchSize = 500;

type ShownReplay = MessageInitShape<typeof ReplaySchema>;

/** Which of the events that a service has published are published again. */
export interface ReplayWish {
  actorId: string;
  /** When they were written: `from` is included, `to` is not. */
  from: Date;
  to: Date;
  /** Empty for all. */
  types: string[];
}

/** Begins a replay. Events that are written from now on are no part of it. */
export async function requestReplay(
  db: Database,
  { actorId, from, to, types }: ReplayWish,
  note: (tx: Queryable, replay: ShownReplay) => Promise<void> = () => Promise.resolve(),
): Promise<ShownReplay> {
  const id = newId();
  return db.transaction(async (tx) => {
    const range = { from_time: from, to_time: to, types };
    const [found] = await tx.query<{ matched: number; last_seq: number | null }>(
      `SELECT COUNT(*) AS matched, MAX(seq) AS last_seq FROM outbox_events WHERE ${inRange(types)}`,
      rangeValues(range),
    );
    const matched = found?.matched ?? 0;
    await tx.execute('INSERT INTO event_replays (id, from_time, to_time, types, last_seq, matched, status) VALUES (?)', [
      [idToBinary(id), from, to, JSON.stringify(types), found?.last_seq ?? 0, matched, matched === 0 ? 'COMPLETED' : 'RUNNING'],
    ]);
    const after = { from: from.toISOString(), to: to.toISOString(), types, matched };
    await recordAudit(tx, { actorId, action: 'events.replay', subject: id, before: null, after });
    const replay = { id, matched, published: 0, status: matched === 0 ? 'COMPLETED' : 'RUNNING' };
    await note(tx, replay);
    return replay;
  });
}

export async function findReplay(db: Queryable, id: string): Promise<ShownReplay | undefined> {
  const [row] = await db.query<{ matched: number; published: number; status: string }>(
    'SELECT matched, published, status FROM event_replays WHERE id = ?',
    [idToBinary(id)],
  );
  return row && { id, ...row };
}

interface ReplayRow {
  id: Buffer;
  from_time: Date;
  to_time: Date;
  types: unknown;
  last_seq: number;
  position: number;
}

const typeList = z.array(z.string());

/** An event that is refused so often while the broker takes others is at fault itself. */
const mostTries = 5;
const tries = new LRUCache<string, number>({ max: 100 });

interface Replayer {
  db: Database;
  sidecar: Publisher;
  log: Pick<Logger, 'error'>;
}

/**
 * One turn: publishes what is left of all replays, in batches and in the order in which it was written. A replay that can't go on ends FAILED, and
 * one that meets an outage waits; neither holds up the others.
 */
export async function publishReplays(replayer: Replayer): Promise<void> {
  const replays = await replayer.db.query<ReplayRow>(
    "SELECT id, from_time, to_time, types, last_seq, position FROM event_replays WHERE status = 'RUNNING' ORDER BY id",
  );
  const outages: unknown[] = [];
  for (const replay of replays) {
    try {
      await publishReplay(replayer, replay);
    } catch (error) {
      if (error instanceof BrokerRefusal ? countTry(replay) < mostTries : isOutage(error)) outages.push(error);
      else await failReplay(replayer, replay, error);
    }
  }
  if (outages.length > 0) throw outages[0];
}

async function publishReplay({ db, sidecar }: Replayer, replay: ReplayRow): Promise<void> {
  let position: number | undefined = replay.position;
  while (position !== undefined) position = await publishBatch(db, sidecar, { ...replay, position });
}

/** Counts how often a replay met a refusal at the place where it is. */
function countTry({ id, position }: ReplayRow): number {
  const place = `${idFromBinary(id)} ${position}`;
  const count = (tries.get(place) ?? 0) + 1;
  tries.set(place, count);
  return count;
}

async function failReplay({ db, log }: Replayer, { id }: ReplayRow, error: unknown): Promise<void> {
  await db.execute("UPDATE event_replays SET status = 'FAILED' WHERE id = ? AND status = 'RUNNING'", [id]);
  log.error({ err: error, replayId: idFromBinary(id) }, 'replay failed');
}

/** The broker refused events although it takes others. */
class BrokerRefusal extends Error {
  override readonly name = 'BrokerRefusal';
}

/**
 * A crash between publishing and noting it publishes the batch again, which projections bear.
 * @returns where the next batch begins, undefined when there is none
 */
async function publishBatch(db: Database, sidecar: Publisher, replay: ReplayRow): Promise<number | undefined> {
  // MySQL returns a JSON column as a value, MariaDB as text.
  const types = typeList.parse(typeof replay.types === 'string' ? JSON.parse(replay.types) : replay.types);
  const rows = await db.query<OutboxRow>(
    `SELECT ${outboxColumns} FROM outbox_events WHERE ${inRange(types)} AND seq > ? AND seq <= ? ORDER BY seq LIMIT ${batchSize}`,
    [...rangeValues({ ...replay, types }), replay.position, replay.last_seq],
  );
  for (const topic of new Set(rows.map((row) => row.topic))) {
    const ofTopic = rows.filter((row) => row.topic === topic);
    const { taken, isWell } = await publishEvents(sidecar, topic, ofTopic, { replay: idFromBinary(replay.id) });
    const missing = ofTopic.length - taken.length;
    if (missing > 0 && isWell) throw new BrokerRefusal(`the broker refuses ${missing} replayed events`);
    if (missing > 0) throw new SidecarError('replay', 0, `the broker did not take ${missing} events`);
  }
  const isLast = rows.length < batchSize;
  const position = rows.at(-1)?.seq ?? replay.position;
  const changed = await db.execute(
    `UPDATE event_replays SET published = published + ?, status = ?, position = ? WHERE id = ? AND position = ? AND status = 'RUNNING'`,
    [rows.length, isLast ? 'COMPLETED' : 'RUNNING', position, replay.id, replay.position],
  );
  // Another instance has gone on with it.
  return isLast || changed === 0 ? undefined : position;
}

// What waits will be published anyway.
function inRange(types: string[]): string {
  return `published_at IS NOT NULL AND created_at >= ? AND created_at < ? ${types.length === 0 ? '' : 'AND type IN (?)'}`;
}

function rangeValues({ from_time: from, to_time: to, types }: Pick<ReplayRow, 'from_time' | 'to_time'> & { types: string[] }): SqlValue[] {
  return types.length === 0 ? [from, to] : [from, to, types];
}
