import { addKey } from '@ticketing/common/add-key';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What a list by SQL is bounded by. The longest run tells how far before a date a list has to begin that has all concerts which run on it;
 * sales that are to open and venues of a city are few where concerts are many.
 */
export class BoundLists1700000800000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await addKey(runner, 'venues', 'venues_city', 'city');
    // One statement, so that a migration that died before it was noted finds all of it or nothing.
    if (await runner.hasColumn('concerts', 'run_days')) return;
    await runner.query(`
      ALTER TABLE concerts
        ADD COLUMN run_days MEDIUMINT UNSIGNED GENERATED ALWAYS AS (DATEDIFF(ends_on, starts_on)) STORED,
        ADD KEY concerts_run (run_days),
        ADD KEY concerts_opening (sale_opens_at)`);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations only go forward'));
  }
}
