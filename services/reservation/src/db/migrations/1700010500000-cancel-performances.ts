import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What becomes of performances after they were scheduled. `version` is that of the newest event that was taken. */
export class CancelPerformances1700010500000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    if (!(await runner.hasColumn('performances', 'status'))) {
      await runner.query(`
        ALTER TABLE performances
          ADD COLUMN status VARCHAR(9) CHARACTER SET ascii NOT NULL DEFAULT 'SCHEDULED',
          ADD COLUMN cancelled_at DATETIME(3) NULL,
          ADD COLUMN version INT UNSIGNED NOT NULL DEFAULT 1`);
    }
    // A cancellation is open until the holds of its performance have ended.
    await runner.query(`
      CREATE TABLE IF NOT EXISTS cancellations (
        performance_id BINARY(16) NOT NULL PRIMARY KEY,
        stopped_at DATETIME(3) NOT NULL,
        done_at DATETIME(3) NULL,
        KEY cancellations_open (done_at, stopped_at)
      )`);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations only go forward'));
  }
}
