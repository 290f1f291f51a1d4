import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Under utf8mb4_unicode_ci all characters beyond the first 65,536 are the same one, so that two venues whose names differ in an emoji were one. */
export class TellVenuesApart1700001100000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE venues MODIFY name VARCHAR(120) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL');
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations only go forward'));
  }
}
