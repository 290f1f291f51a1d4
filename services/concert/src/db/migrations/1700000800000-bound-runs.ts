import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How long concerts run. The longest one tells how far before a date a list has to begin that has all concerts which run on it. */
export class BoundRuns1700000800000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // One statement, so that a migration that died before it was noted finds both or none.
    if (await runner.hasColumn('concerts', 'run_days')) return;
    await runner.query(`
      ALTER TABLE concerts
        ADD COLUMN run_days MEDIUMINT UNSIGNED GENERATED ALWAYS AS (DATEDIFF(ends_on, starts_on)) STORED,
        ADD KEY concerts_run (run_days)`);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations only go forward'));
  }
}
