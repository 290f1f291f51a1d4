import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Accounts that are bound to the gate of a performance. */
export class AddGateStaff1700010300000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE IF NOT EXISTS gate_staff (
        performance_id BINARY(16) NOT NULL,
        account_id BINARY(16) NOT NULL,
        added_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
        PRIMARY KEY (performance_id, account_id)
      )`);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations only go forward'));
  }
}
