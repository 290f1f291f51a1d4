import { compareLettersExactly } from '@ticketing/common/messaging-tables';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The best seats of a section are of that one alone: a collation that forgives capitals takes 🍺 for 🍣, Café for Cafe and ① for 1. */
export class CompareSectionsExactly1700006000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await compareLettersExactly(runner);
    for (const table of ['seats', 'reservation_seats']) {
      await runner.query(`ALTER TABLE ${table} MODIFY section VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL`);
    }
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations only go forward'));
  }
}
