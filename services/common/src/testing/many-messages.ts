import type { Queryable } from '../database.ts';
import { analyzeTables, insertMany, numberedId } from './many-rows.ts';

/** The tables that `fillMessaging` fills. */
export const messagingTables = ['outbox_events', 'inbox_events', 'idempotency_keys', 'dead_letters', 'event_replays', 'audit_entries'];

/** Events, keys, letters and notes of the last week that need no more work, for plans and times of statements. */
export async function fillMessaging(db: Queryable): Promise<void> {
  await fillOutbox(db);
  const at = 'UTC_TIMESTAMP(3) - INTERVAL n MOD 72000 SECOND';
  await insertMany(db, 'inbox_events', { event_id: numberedId('event'), received_at: at });
  await insertMany(db, 'idempotency_keys', {
    ...{
      id: `CONCAT(${numberedId('key')}, UNHEX(LEFT(SHA2(n, 256), 32)))`,
      fingerprint: 'UNHEX(SHA2(n, 256))',
      answer: "'{}'",
      created_at: at,
    },
  });
  await insertMany(db, 'dead_letters', {
    ...{ id: numberedId('letter'), service: "'user'", topic: "'users'", event_id: 'CONCAT(n, UUID())', type: "'user.registered'" },
    ...{ event: "'{}'", headers: "'{}'", error: "'unknown'", attempts: '5', status: "ELT(1 + n MOD 2, 'REDRIVEN', 'DISCARDED')" },
    ...{ parked_at: at, changed_at: at },
  });
  await insertMany(db, 'event_replays', {
    ...{ id: numberedId('replay'), from_time: at, to_time: at, types: "'[]'", last_seq: 'n', matched: '0', status: "'COMPLETED'" },
  });
  await insertMany(db, 'audit_entries', {
    ...{ id: numberedId('note'), actor_id: numberedId('actor', 'n MOD 100'), action: "'saga.retry'", subject: 'n', detail: "'{}'", at },
  });
  await analyzeTables(db, messagingTables);
}

/** Events of the last day, all of them published. */
export async function fillOutbox(db: Queryable): Promise<void> {
  const at = 'UTC_TIMESTAMP(3) - INTERVAL n MOD 72000 SECOND';
  await insertMany(db, 'outbox_events', {
    ...{ id: numberedId('event'), topic: "'users'", type: "'user.registered'", aggregate_id: "CONCAT('aggregate-', n DIV 3)" },
    ...{ data: `CONCAT('{"userId": "', n, '"}')`, created_at: at, published_at: at },
  });
}
