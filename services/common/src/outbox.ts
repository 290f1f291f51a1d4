import { type EventData, type EventType, topicOf } from '@ticketing/contracts/events';
import { crashPoint } from './crash-point.ts';
import type { PublishEntry, Sidecar } from './dapr.ts';
import { idFromBinary, idToBinary, newId, type Queryable } from './database.ts';
import { type LockStore, type Job as OutboxRelay, startOwnedJob } from './job.ts';
import type { Logger } from './log.ts';
import { createCounter, createGauge, observeGauge, traceHeaders } from './telemetry.ts';

export type { Job as OutboxRelay } from './job.ts';

const batchSize = 500;
const published = createCounter('ticketing_outbox_published_total', 'Events handed to the broker, by type');
const lastRead = createGauge('ticketing_outbox_read_timestamp_seconds', 'When this instance last read the outbox, or began to try');

/**
 * Writes an event in the caller's transaction: it is published if and only if the transaction commits.
 * @param aggregateId events of one aggregate reach a consumer in the order in which they were written
 */
export async function addEvent<T extends EventType>(tx: Queryable, type: T, aggregateId: string, data: EventData<T>): Promise<void> {
  await addEvents(tx, type, [{ aggregateId, data }]);
}

/** Writes several events of one type in one statement. */
export async function addEvents<T extends EventType>(
  tx: Queryable,
  type: T,
  events: { aggregateId: string; data: EventData<T> }[],
): Promise<void> {
  if (events.length === 0) return;
  const traceparent = traceHeaders().traceparent ?? null;
  await tx.execute('INSERT INTO outbox_events (id, topic, type, aggregate_id, data, traceparent) VALUES ?', [
    events.map(({ aggregateId, data }) => [idToBinary(newId()), topicOf(type), type, aggregateId, JSON.stringify(data), traceparent]),
  ]);
}

/** What of an event goes to the broker. */
export interface OutboxRow {
  seq: number;
  id: Buffer;
  topic: string;
  type: string;
  aggregate_id: string;
  data: unknown;
  traceparent: string | null;
}

export const outboxColumns = 'seq, id, topic, type, aggregate_id, data, traceparent';

/** What a look into the outbox found. */
export interface OutboxBacklog {
  /** Events that wait; no more than one batch of them is counted. */
  waiting: number;
  /** How long the oldest of them has waited, in seconds; 0 when none waits. */
  lagSeconds: number;
}

/**
 * Publishes one batch of waiting events, oldest first, and returns how many the broker took.
 * A crash between publishing and marking publishes again under the same id; consumers drop what they have seen.
 * @param found is told what waits, before anything is published
 */
export async function publishOutbox(
  db: Queryable,
  sidecar: Pick<Sidecar, 'publish'>,
  found: (backlog: OutboxBacklog) => void = () => undefined,
): Promise<number> {
  const rows = await db.query<OutboxRow & { age_ms: number }>(
    `SELECT ${outboxColumns},
            TIMESTAMPDIFF(MICROSECOND, created_at, CURRENT_TIMESTAMP(3)) DIV 1000 AS age_ms FROM outbox_events
      WHERE published_at IS NULL ORDER BY seq LIMIT ${batchSize}`,
  );
  found({ waiting: rows.length, lagSeconds: Math.max(0, rows[0]?.age_ms ?? 0) / 1_000 });
  let count = 0;
  let refused = 0;
  for (const topic of new Set(rows.map((row) => row.topic))) {
    const ofTopic = rows.filter((row) => row.topic === topic);
    await crashPoint('outbox.before-publish');
    const failed = await sidecar.publish(topic, ofTopic.map(toEntry));
    await crashPoint('outbox.after-publish');
    // What follows a failed event of the same aggregate is published again behind it, so that the order holds.
    const stuck = new Set(ofTopic.filter((row) => failed.has(idFromBinary(row.id))).map((row) => row.aggregate_id));
    const done = ofTopic.filter((row) => !stuck.has(row.aggregate_id));
    refused += ofTopic.length - done.length;
    if (done.length > 0) {
      await db.execute('UPDATE outbox_events SET published_at = UTC_TIMESTAMP(3) WHERE seq IN (?)', [done.map((row) => row.seq)]);
      await crashPoint('outbox.after-mark');
    }
    for (const row of done) published.add(1, { type: row.type });
    count += done.length;
  }
  if (refused > 0) throw new Error(`the broker did not take ${refused} events`);
  return count;
}

export function toEntry(row: OutboxRow): PublishEntry {
  return {
    id: idFromBinary(row.id),
    type: row.type,
    key: row.aggregate_id,
    traceparent: row.traceparent ?? undefined,
    // MySQL returns a JSON column as a value, MariaDB as text.
    data: typeof row.data === 'string' ? JSON.parse(row.data) : row.data,
  };
}

/** Runs the relay in this instance; of all instances, one at a time publishes. Call `wake` after a commit to publish at once. */
export function startOutboxRelay(options: {
  db: Queryable;
  sidecar: Pick<Sidecar, 'publish'> & LockStore;
  log: Logger;
  service: string;
  instance: string;
}): OutboxRelay {
  const { db, sidecar } = options;
  const found = observeBacklog();
  return startOwnedJob({
    ...options,
    name: `${options.service}-outbox-relay`,
    intervalMs: 100,
    // Events matter more than that only one instance publishes them: consumers know each event's id.
    runsWithoutLock: true,
    // What the last requests wrote should not wait for the next owner.
    lastTurn: true,
    work: async () => {
      while ((await publishOutbox(db, sidecar, found)) === batchSize);
    },
  });
}

// A relay that works looks ten times a second, one that can't publish every few seconds.
const staleAfterMs = 15_000;

/** Reports what the relay of this instance found last, without a query for it. @returns tells it */
function observeBacklog(): (backlog: OutboxBacklog) => void {
  const nothing = { waiting: 0, lagSeconds: 0 };
  let last: OutboxBacklog = nothing;
  let foundAt = 0;
  // Who is not the owner any more knows nothing, and says so: the owner's is the highest figure of all instances.
  const fresh = (): OutboxBacklog => (performance.now() - foundAt < staleAfterMs ? last : nothing);
  observeGauge(
    'ticketing_outbox_waiting',
    `Events written but not yet published; ${batchSize} stands for more as well`,
    () => fresh().waiting,
  );
  observeGauge('ticketing_outbox_lag_seconds', 'Age of the oldest event that is not yet published', () => fresh().lagSeconds);
  lastRead.record(Date.now() / 1_000);
  return (backlog) => {
    last = backlog;
    foundAt = performance.now();
    lastRead.record(Date.now() / 1_000);
  };
}
