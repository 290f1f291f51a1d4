import type { MigrationInterface, QueryRunner } from 'typeorm';

export class ReleaseTickets1700010400000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // What came of each refund of some tickets: 'released' or the code of the refusal. The first outcome stays.
    await runner.query(`
      CREATE TABLE IF NOT EXISTS ticket_releases (
        refund_id BINARY(16) NOT NULL PRIMARY KEY,
        reservation_id BINARY(16) NOT NULL,
        outcome VARCHAR(64) CHARACTER SET ascii NOT NULL,
        decided_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3)
      )`);
    if (await runner.hasColumn('reservations', 'returned_seats')) return;
    // Seats that were paid for and given back count no more among those of a person.
    await runner.query('ALTER TABLE reservations ADD COLUMN returned_seats TINYINT UNSIGNED NOT NULL DEFAULT 0');
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations only go forward'));
  }
}
