import type { MigrationInterface, QueryRunner } from 'typeorm';

export class SendWebhooks1700010800000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // One sender at a time has the lease of a webhook. After a failure it rests until not_before. Each owner has so many slots.
    await runner.query(`
      CREATE TABLE IF NOT EXISTS webhooks (
        id BINARY(16) NOT NULL PRIMARY KEY,
        owner_id BINARY(16) NOT NULL,
        slot TINYINT UNSIGNED NOT NULL,
        url VARCHAR(2048) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
        types JSON NOT NULL,
        secret VARBINARY(64) NOT NULL,
        failures INT UNSIGNED NOT NULL DEFAULT 0,
        not_before DATETIME(3) NULL,
        lease_token BINARY(16) NULL,
        lease_until DATETIME(3) NULL,
        created_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
        UNIQUE KEY webhooks_owner (owner_id, slot)
      )`);
    // An event goes to a webhook once; the body is kept as it is signed.
    await runner.query(`
      CREATE TABLE IF NOT EXISTS webhook_deliveries (
        id BINARY(16) NOT NULL PRIMARY KEY,
        webhook_id BINARY(16) NOT NULL,
        event_id BINARY(16) NOT NULL,
        type VARCHAR(64) CHARACTER SET ascii NOT NULL,
        body MEDIUMTEXT CHARACTER SET utf8mb4 NOT NULL,
        status VARCHAR(9) CHARACTER SET ascii NOT NULL DEFAULT 'PENDING',
        attempts INT UNSIGNED NOT NULL DEFAULT 0,
        next_attempt_at DATETIME(3) NOT NULL,
        expires_at DATETIME(3) NOT NULL,
        last_error VARCHAR(200) NULL,
        created_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
        ended_at DATETIME(3) NULL,
        UNIQUE KEY webhook_deliveries_event (webhook_id, event_id),
        KEY webhook_deliveries_due (webhook_id, status, next_attempt_at),
        KEY webhook_deliveries_ended (ended_at)
      )`);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations only go forward'));
  }
}
