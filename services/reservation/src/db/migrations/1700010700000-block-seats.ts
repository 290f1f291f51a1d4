import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Seats that are kept for guests. Such a seat is BLOCKED, and has the id of its block as reservation_id: a version that knows no blocks neither
 * gives it to anybody nor frees it.
 */
export class BlockSeats1700010700000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE IF NOT EXISTS seat_blocks (
        id BINARY(16) NOT NULL PRIMARY KEY,
        performance_id BINARY(16) NOT NULL,
        seat_count SMALLINT UNSIGNED NOT NULL,
        reason VARCHAR(200) CHARACTER SET utf8mb4 NOT NULL,
        created_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
        released_at DATETIME(3) NULL,
        KEY seat_blocks_of_performance (performance_id, released_at, id)
      )`);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations only go forward'));
  }
}
