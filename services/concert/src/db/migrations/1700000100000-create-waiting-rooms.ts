import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which waiting room each concert has, and what its draw is bound to: what must outlive the queue's own state. */
export class CreateWaitingRooms1700000100000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE IF NOT EXISTS waiting_rooms (
        concert_id BINARY(16) NOT NULL PRIMARY KEY,
        epoch CHAR(36) CHARACTER SET ascii NOT NULL,
        draw_commitment CHAR(64) CHARACTER SET ascii NOT NULL,
        restarts INT UNSIGNED NOT NULL DEFAULT 0,
        registered_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3)
      )`);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations only go forward'));
  }
}
