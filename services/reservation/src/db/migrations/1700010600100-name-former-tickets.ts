import type { MigrationInterface, QueryRunner } from 'typeorm';

export class NameFormerTickets1700010600100 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // The void ticket that a new one was issued for: a ticket is passed on once.
    await runner.query(
      'ALTER TABLE tickets ADD COLUMN transferred_from BINARY(16) NULL, ADD UNIQUE KEY tickets_transferred_from (transferred_from)',
    );
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations only go forward'));
  }
}
