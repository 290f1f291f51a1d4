import { setTimeout as delay } from 'node:timers/promises';
import type { RetentionConfig } from './config.ts';
import type { Queryable } from './database.ts';
import { createCounter } from './telemetry.ts';

const batchSize = 1_000;
// Between two batches others have the tables to themselves.
const pauseMs = 50;
const removed = createCounter('ticketing_retention_removed_total', 'Rows that were removed because of their age, by table');

/** What of a table may go. */
export interface RetentionRule {
  table: string;
  /** Selects what may go, by its age in hours. */
  condition: string;
  hours: (config: RetentionConfig) => number;
}

const rules: readonly RetentionRule[] = [
  // An event that waits is never too old.
  { table: 'outbox_events', condition: 'published_at < UTC_TIMESTAMP(3) - INTERVAL ? HOUR', hours: (c) => c.OUTBOX_RETENTION_HOURS },
  { table: 'inbox_events', condition: 'received_at < UTC_TIMESTAMP(3) - INTERVAL ? HOUR', hours: (c) => c.INBOX_RETENTION_HOURS },
  {
    table: 'idempotency_keys',
    condition: 'created_at < UTC_TIMESTAMP(3) - INTERVAL ? HOUR',
    hours: (c) => c.IDEMPOTENCY_RETENTION_HOURS,
  },
  {
    table: 'dead_letters',
    condition: "status IN ('REDRIVEN', 'DISCARDED') AND changed_at < UTC_TIMESTAMP(3) - INTERVAL ? HOUR",
    hours: (c) => c.INBOX_RETENTION_HOURS,
  },
];

/**
 * Removes what is older than it needs to be, in small batches, each a transaction of its own. A table that can't be tidied holds up no other.
 * @param own rules of the service's own tables
 */
export async function removeOld(db: Queryable, config: RetentionConfig, own: readonly RetentionRule[] = []): Promise<void> {
  const failures: unknown[] = [];
  for (const rule of [...rules, ...own]) await removeByRule(db, rule, config).catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw failures[0];
}

async function removeByRule(db: Queryable, { table, condition, hours }: RetentionRule, config: RetentionConfig): Promise<void> {
  for (;;) {
    const count = await db.execute(`DELETE FROM ${table} WHERE ${condition} LIMIT ${batchSize}`, [hours(config)]);
    removed.add(count, { table });
    if (count < batchSize) return;
    await delay(pauseMs);
  }
}
