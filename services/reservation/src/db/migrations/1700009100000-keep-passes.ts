import type { MigrationInterface, QueryRunner } from 'typeorm';

export class KeepPasses1700009100000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE reservations ADD COLUMN pass_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL');
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations only go forward'));
  }
}
