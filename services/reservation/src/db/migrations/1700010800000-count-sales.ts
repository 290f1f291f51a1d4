import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CountSales1700010800000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // What events tell of sales; seats and reservations stay the authority.
    await runner.query(`
      CREATE TABLE IF NOT EXISTS sales_minutes (
        performance_id BINARY(16) NOT NULL,
        minute DATETIME NOT NULL,
        section VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
        seats_sold INT UNSIGNED NOT NULL,
        seats_refunded INT UNSIGNED NOT NULL,
        amount_sold BIGINT UNSIGNED NOT NULL,
        amount_refunded BIGINT UNSIGNED NOT NULL,
        PRIMARY KEY (performance_id, minute, section)
      )`);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations only go forward'));
  }
}
