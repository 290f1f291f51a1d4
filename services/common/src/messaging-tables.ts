import type { QueryRunner } from 'typeorm';
import { addKey } from './add-key.ts';

/** Creates the tables that the outbox, the inbox and idempotency need; every service with a database calls it in its first migration. */
export async function createMessagingTables(runner: QueryRunner): Promise<void> {
  await runner.query(`
    CREATE TABLE IF NOT EXISTS outbox_events (
      seq BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
      id BINARY(16) NOT NULL,
      topic VARCHAR(64) NOT NULL,
      type VARCHAR(64) NOT NULL,
      aggregate_id CHAR(36) CHARACTER SET ascii NOT NULL,
      data JSON NOT NULL,
      traceparent VARCHAR(64) CHARACTER SET ascii NULL,
      created_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
      published_at DATETIME(3) NULL,
      UNIQUE KEY outbox_events_id (id),
      KEY outbox_events_waiting (published_at, seq)
    )`);
  await runner.query(`
    CREATE TABLE IF NOT EXISTS inbox_events (
      event_id BINARY(16) NOT NULL PRIMARY KEY,
      received_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3)
    )`);
  await runner.query(`
    CREATE TABLE IF NOT EXISTS idempotency_keys (
      id BINARY(32) NOT NULL PRIMARY KEY,
      fingerprint BINARY(32) NOT NULL,
      answer JSON NOT NULL,
      created_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
      KEY idempotency_keys_age (created_at)
    )`);
}

/** Creates the tables of what operators see and do: dead letters, replays and the audit. Every service with a database has them. */
export async function createOperationsTables(runner: QueryRunner): Promise<void> {
  // A consumer has one letter for an event, however often it gives it up.
  await runner.query(`
    CREATE TABLE IF NOT EXISTS dead_letters (
      id BINARY(16) NOT NULL PRIMARY KEY,
      service VARCHAR(32) CHARACTER SET ascii NOT NULL,
      topic VARCHAR(64) NOT NULL,
      event_id VARCHAR(64) NOT NULL,
      type VARCHAR(64) NOT NULL,
      event JSON NOT NULL,
      headers JSON NOT NULL,
      error VARCHAR(1000) NOT NULL,
      attempts INT UNSIGNED NOT NULL,
      status VARCHAR(9) CHARACTER SET ascii NOT NULL DEFAULT 'PARKED',
      parked_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
      changed_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3),
      UNIQUE KEY dead_letters_once (service, event_id),
      KEY dead_letters_by_status (status, id)
    )`);
  await runner.query(`
    CREATE TABLE IF NOT EXISTS event_replays (
      id BINARY(16) NOT NULL PRIMARY KEY,
      from_time DATETIME(3) NOT NULL,
      to_time DATETIME(3) NOT NULL,
      types JSON NOT NULL,
      last_seq BIGINT UNSIGNED NOT NULL,
      position BIGINT UNSIGNED NOT NULL DEFAULT 0,
      matched INT UNSIGNED NOT NULL,
      published INT UNSIGNED NOT NULL DEFAULT 0,
      status VARCHAR(9) CHARACTER SET ascii NOT NULL DEFAULT 'RUNNING',
      requested_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
      KEY event_replays_by_status (status, id)
    )`);
  await runner.query(`
    CREATE TABLE IF NOT EXISTS audit_entries (
      id BINARY(16) NOT NULL PRIMARY KEY,
      actor_id BINARY(16) NOT NULL,
      action VARCHAR(32) CHARACTER SET ascii NOT NULL,
      subject VARCHAR(64) NOT NULL,
      detail JSON NOT NULL,
      at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3)
    )`);
  await addKey(runner, 'inbox_events', 'inbox_events_age', 'received_at');
}

/** Lets retention find the letters that are over by their age, instead of looking at each of them. */
export async function indexEndedLetters(runner: QueryRunner): Promise<void> {
  await addKey(runner, 'dead_letters', 'dead_letters_ended', 'status, changed_at');
}

/** Dead letters of events whose ids differ in anything at all are two: an id comes from whoever published the event. */
export async function compareLettersExactly(runner: QueryRunner): Promise<void> {
  await runner.query('ALTER TABLE dead_letters MODIFY event_id VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL');
}

/** Lets the relay go on past an event that the broker refuses. */
export async function setEventsAside(runner: QueryRunner): Promise<void> {
  const present: unknown = await runner.query("SHOW COLUMNS FROM outbox_events LIKE 'set_aside_at'");
  if (Array.isArray(present) && present.length > 0) return;
  await runner.query('ALTER TABLE outbox_events ADD COLUMN set_aside_at DATETIME(3) NULL');
}
