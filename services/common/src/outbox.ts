import { type EventData, type EventType, topicOf } from '@ticketing/contracts/events';
import { LRUCache } from 'lru-cache';
import { crashPoint } from './crash-point.ts';
import { idToBinary, newId, type Queryable } from './database.ts';
import { type LockStore, type Job as OutboxRelay, startOwnedJob } from './job.ts';
import type { Logger } from './log.ts';
import { bytesOf, idOf, mostBytesPerEvent, type OutboxRow, outboxColumns, type Publisher, publishEvents } from './publish-events.ts';
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

/** An event before it is written. */
export interface NewEvent<T extends EventType> {
  aggregateId: string;
  data: EventData<T>;
  /** The trace that it belongs to, where that is not the current one. */
  traceparent?: string | undefined;
}

/** Writes several events of one type in one statement. */
export async function addEvents<T extends EventType>(tx: Queryable, type: T, events: NewEvent<T>[]): Promise<void> {
  if (events.length === 0) return;
  const current = traceHeaders().traceparent ?? null;
  await tx.execute('INSERT INTO outbox_events (id, topic, type, aggregate_id, data, traceparent) VALUES ?', [
    events.map(({ aggregateId, data, traceparent = current }) => [
      ...[idToBinary(newId()), topicOf(type), type, aggregateId, JSON.stringify(data)],
      traceparent,
    ]),
  ]);
}

/** What a look into the outbox found. */
export interface OutboxBacklog {
  /** Events that wait; no more than one batch of them is counted. */
  waiting: number;
  /** How long the oldest of them has waited, in seconds; 0 when none waits. */
  lagSeconds: number;
}

/** Who is told what the relay meets. */
export interface OutboxWatch {
  /** Told what waits, before anything is published. */
  found?: (backlog: OutboxBacklog) => void;
  /** Told of each event that was set aside. */
  setAside?: (event: { eventId: string; type: string; topic: string; aggregateId: string; bytes: number }) => void;
}

/** An event that is refused so often while the broker takes others is at fault itself. */
const mostTries = 5;
const tries = new LRUCache<string, number>({ max: 1_000 });

/**
 * Publishes one batch of waiting events, oldest first, and returns how many the broker took.
 * A crash between publishing and marking publishes again under the same id; consumers drop what they have seen.
 *
 * An event that the broker goes on refusing while it takes others is set aside, for an operator. Until then the later events of its aggregate
 * wait; then they follow, because an event that never leaves must not hold up the one that mends what it says.
 */
export async function publishOutbox(db: Queryable, sidecar: Publisher, watch: OutboxWatch = {}): Promise<number> {
  const rows = await db.query<OutboxRow & { age_ms: number }>(
    `SELECT ${outboxColumns},
            TIMESTAMPDIFF(MICROSECOND, created_at, CURRENT_TIMESTAMP(3)) DIV 1000 AS age_ms FROM outbox_events
      WHERE published_at IS NULL AND set_aside_at IS NULL ORDER BY seq LIMIT ${batchSize}`,
  );
  watch.found?.({ waiting: rows.length, lagSeconds: Math.max(0, rows[0]?.age_ms ?? 0) / 1_000 });
  const tooLarge = rows.filter((row) => bytesOf(row) > mostBytesPerEvent);
  await setAside(db, tooLarge, watch);
  const sendable = rows.filter((row) => !tooLarge.includes(row));
  let count = 0;
  let waiting = sendable.length;
  for (const topic of new Set(sendable.map((row) => row.topic))) {
    await crashPoint('outbox.before-publish');
    const { taken, refused, isWell } = await publishEvents(
      sidecar,
      topic,
      sendable.filter((row) => row.topic === topic),
    );
    await crashPoint('outbox.after-publish');
    if (taken.length > 0) {
      await db.execute('UPDATE outbox_events SET published_at = UTC_TIMESTAMP(3) WHERE seq IN (?)', [taken.map((row) => row.seq)]);
      await crashPoint('outbox.after-mark');
    }
    for (const row of taken) published.add(1, { type: row.type });
    const atFault = isWell ? refused.filter((row) => countTry(idOf(row)) >= mostTries) : [];
    await setAside(db, atFault, watch);
    count += taken.length;
    waiting -= taken.length + atFault.length;
  }
  if (waiting > 0) throw new Error(`the broker did not take ${waiting} events`);
  return count;
}

function countTry(id: string): number {
  const count = (tries.get(id) ?? 0) + 1;
  tries.set(id, count);
  return count;
}

async function setAside(db: Queryable, rows: OutboxRow[], watch: OutboxWatch): Promise<void> {
  if (rows.length === 0) return;
  await db.execute('UPDATE outbox_events SET set_aside_at = UTC_TIMESTAMP(3) WHERE seq IN (?)', [rows.map((row) => row.seq)]);
  for (const row of rows) {
    const { type, topic, aggregate_id: aggregateId } = row;
    // Given back by an operator, it has all its tries again.
    tries.delete(idOf(row));
    watch.setAside?.({ eventId: idOf(row), type, topic, aggregateId, bytes: bytesOf(row) });
  }
}

// Of more events that wait, the oldest are looked at: what is set aside is among them sooner or later.
const watchedEvents = 5_000;
const setAsideEvents = createGauge('ticketing_outbox_set_aside', 'Events that the broker refuses and that wait for an operator');

/** Notes how many events are set aside. */
export async function watchOutbox(db: Queryable): Promise<void> {
  const [row] = await db.query<{ count: number }>(
    `SELECT COUNT(set_aside_at) AS count
       FROM (SELECT set_aside_at FROM outbox_events WHERE published_at IS NULL ORDER BY seq LIMIT ${watchedEvents}) waiting`,
  );
  setAsideEvents.record(row?.count ?? 0);
}

/** Runs the relay in this instance; of all instances, one at a time publishes. Call `wake` after a commit to publish at once. */
export function startOutboxRelay(options: {
  db: Queryable;
  sidecar: Publisher & LockStore;
  log: Logger;
  service: string;
  instance: string;
}): OutboxRelay {
  const { db, sidecar } = options;
  const watch: OutboxWatch = {
    found: observeBacklog(),
    setAside: (event) => options.log.error(event, 'event set aside: the broker refuses it'),
  };
  return startOwnedJob({
    ...options,
    name: `${options.service}-outbox-relay`,
    intervalMs: 250,
    leastPauseMs: 100,
    // Events matter more than that only one instance publishes them: consumers know each event's id.
    runsWithoutLock: true,
    // What the last requests wrote should not wait for the next owner.
    lastTurn: true,
    work: async () => {
      while ((await publishOutbox(db, sidecar, watch)) === batchSize);
    },
  });
}

// A relay that works looks four times a second, one that can't publish every few seconds.
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
