import { addKey } from '@ticketing/common/add-key';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What becomes of concerts and performances. An instance of the version before publishes at once and cancels nothing, as the defaults say. */
export class LiveConcerts1700010500000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    if (!(await runner.hasColumn('concerts', 'state'))) {
      await runner.query(`
        ALTER TABLE concerts
          ADD COLUMN state VARCHAR(9) CHARACTER SET ascii NOT NULL DEFAULT 'PUBLISHED',
          ADD COLUMN cancelled_at DATETIME(3) NULL,
          ADD COLUMN sale_moves INT UNSIGNED NOT NULL DEFAULT 0`);
    }
    if (!(await runner.hasColumn('performances', 'status'))) {
      await runner.query(`
        ALTER TABLE performances
          ADD COLUMN status VARCHAR(9) CHARACTER SET ascii NOT NULL DEFAULT 'SCHEDULED',
          ADD COLUMN cancelled_at DATETIME(3) NULL,
          ADD COLUMN version INT UNSIGNED NOT NULL DEFAULT 1`);
    }
    await addKey(runner, 'concerts', 'concerts_of_owner', 'owner_id, id');
    // Cancelled concerts are few.
    await addKey(runner, 'concerts', 'concerts_cancelled', 'cancelled_at');
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations only go forward'));
  }
}
