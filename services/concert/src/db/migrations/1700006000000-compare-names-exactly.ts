import { compareLettersExactly } from '@ticketing/common/messaging-tables';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const exact = 'CHARACTER SET utf8mb4 COLLATE utf8mb4_bin';
const forgiving = 'CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci';

/**
 * Two venues are one only if their names and cities are the same character for character: any collation that forgives capitals takes
 * ハハ for パパ. Searches for a city or an artist still forgive, but no longer take all emoji for one.
 */
export class CompareNamesExactly1700006000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await compareLettersExactly(runner);
    await runner.query(`
      ALTER TABLE concerts MODIFY title VARCHAR(200) ${forgiving} NOT NULL, MODIFY artist VARCHAR(200) ${forgiving} NOT NULL`);
    // One statement, so that a migration that died before it was noted finds all of it or nothing.
    if (await runner.hasColumn('venues', 'searched_city')) return;
    await runner.query(`
      ALTER TABLE venues
        MODIFY name VARCHAR(120) ${exact} NOT NULL,
        MODIFY city VARCHAR(80) ${exact} NOT NULL,
        ADD COLUMN searched_city VARCHAR(80) ${forgiving} GENERATED ALWAYS AS (city) STORED,
        DROP KEY venues_city,
        ADD KEY venues_city (searched_city)`);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations only go forward'));
  }
}
