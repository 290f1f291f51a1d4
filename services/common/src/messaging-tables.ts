import type { QueryRunner } from 'typeorm';

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
