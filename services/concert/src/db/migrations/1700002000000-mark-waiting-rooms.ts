import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How far each waiting room has come, so that a state store that comes back as it was before is noticed. */
export class MarkWaitingRooms1700002000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE waiting_rooms
        ADD COLUMN joined INT UNSIGNED NOT NULL DEFAULT 0,
        ADD COLUMN called INT UNSIGNED NOT NULL DEFAULT 0`);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations only go forward'));
  }
}
