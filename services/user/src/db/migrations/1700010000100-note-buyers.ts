import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who has paid for which performance, from the events of payments. */
export class NoteBuyers1700010000100 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE IF NOT EXISTS buyers (
        payment_id BINARY(16) NOT NULL PRIMARY KEY,
        performance_id BINARY(16) NOT NULL,
        account_id BINARY(16) NOT NULL,
        paid BIGINT UNSIGNED NOT NULL,
        refunded BIGINT UNSIGNED NOT NULL DEFAULT 0,
        KEY buyers_of_performance (performance_id, account_id)
      )`);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations only go forward'));
  }
}
