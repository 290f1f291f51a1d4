import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Who has a saga in hand, by a token that is new with each lease. Instances of the version before go by next_attempt_at alone, which
 * this version keeps as they know it.
 */
export class LeaseSagas1700000300000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // One statement, so that a migration that died before it was noted finds all columns or none.
    if (await runner.hasColumn('sagas', 'lease_token')) return;
    await runner.query(`
      ALTER TABLE sagas
        ADD COLUMN lease_owner VARCHAR(64) NULL,
        ADD COLUMN lease_token BINARY(16) NULL,
        ADD COLUMN lease_until DATETIME(3) NULL,
        ADD COLUMN compensating TINYINT UNSIGNED NOT NULL DEFAULT 0,
        ADD COLUMN ended_at DATETIME(3) NULL`);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations only go forward'));
  }
}
