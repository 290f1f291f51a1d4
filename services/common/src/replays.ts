import type { MessageInitShape } from '@bufbuild/protobuf';
import type { ReplaySchema } from '@ticketing/contracts/gen/ticketing/common/v1/operations_pb';
import { z } from 'zod';
import { recordAudit } from './audit.ts';
import type { Sidecar } from './dapr.ts';
import { type Database, idFromBinary, idToBinary, newId, type Queryable, type SqlValue } from './database.ts';
import { type OutboxRow, outboxColumns, toEntry } from './outbox.ts';

const batchSize = 500;

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
): Promise<MessageInitShape<typeof ReplaySchema>> {
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
    const detail = { from: from.toISOString(), to: to.toISOString(), types, matched };
    await recordAudit(tx, { actorId, action: 'events.replay', subject: id, detail });
    return { id, matched, published: 0, status: matched === 0 ? 'COMPLETED' : 'RUNNING' };
  });
}

export async function findReplay(db: Queryable, id: string): Promise<MessageInitShape<typeof ReplaySchema> | undefined> {
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

/** One turn: publishes what is left of all replays, in batches and in the order in which it was written. */
export async function publishReplays({ db, sidecar }: { db: Database; sidecar: Pick<Sidecar, 'publish'> }): Promise<void> {
  for (;;) {
    const [replay] = await db.query<ReplayRow>(
      "SELECT id, from_time, to_time, types, last_seq, position FROM event_replays WHERE status = 'RUNNING' ORDER BY id LIMIT 1",
    );
    if (!replay) return;
    await publishBatch(db, sidecar, replay);
  }
}

/** A crash between publishing and noting it publishes the batch again, which projections bear. */
async function publishBatch(db: Database, sidecar: Pick<Sidecar, 'publish'>, replay: ReplayRow): Promise<void> {
  // MySQL returns a JSON column as a value, MariaDB as text.
  const types = typeList.parse(typeof replay.types === 'string' ? JSON.parse(replay.types) : replay.types);
  const rows = await db.query<OutboxRow>(
    `SELECT ${outboxColumns} FROM outbox_events WHERE ${inRange(types)} AND seq > ? AND seq <= ? ORDER BY seq LIMIT ${batchSize}`,
    [...rangeValues({ ...replay, types }), replay.position, replay.last_seq],
  );
  const id = idFromBinary(replay.id);
  for (const topic of new Set(rows.map((row) => row.topic))) {
    const entries = rows.filter((row) => row.topic === topic).map((row) => ({ ...toEntry(row), replay: id }));
    const failed = await sidecar.publish(topic, entries);
    if (failed.size > 0) throw new Error(`the broker did not take ${failed.size} replayed events`);
  }
  await db.execute(
    `UPDATE event_replays SET published = published + ?, status = ?, position = ? WHERE id = ? AND position = ? AND status = 'RUNNING'`,
    [rows.length, rows.length < batchSize ? 'COMPLETED' : 'RUNNING', rows.at(-1)?.seq ?? replay.position, replay.id, replay.position],
  );
}

// What waits will be published anyway.
function inRange(types: string[]): string {
  return `published_at IS NOT NULL AND created_at >= ? AND created_at < ? ${types.length === 0 ? '' : 'AND type IN (?)'}`;
}

function rangeValues({ from_time: from, to_time: to, types }: Pick<ReplayRow, 'from_time' | 'to_time'> & { types: string[] }): SqlValue[] {
  return types.length === 0 ? [from, to] : [from, to, types];
}
