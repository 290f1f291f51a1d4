import { addKey } from '@ticketing/common/add-key';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What is to be given back because a performance was cancelled. */
export class CancelPerformances1700010500000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // stopped_at: the reservation service sells nothing any more. done_at: every paid order has its refund, and none can come.
    await runner.query(`
      CREATE TABLE IF NOT EXISTS cancellations (
        performance_id BINARY(16) NOT NULL PRIMARY KEY,
        stopped_at DATETIME(3) NULL,
        due_at DATETIME(3) NOT NULL,
        done_at DATETIME(3) NULL,
        created_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
        KEY cancellations_due (done_at, due_at)
      )`);
    await runner.query(`
      CREATE TABLE IF NOT EXISTS cancelled_orders (
        performance_id BINARY(16) NOT NULL,
        payment_id BINARY(16) NOT NULL,
        begun TINYINT UNSIGNED NOT NULL DEFAULT 0,
        refund_id BINARY(16) NULL,
        PRIMARY KEY (performance_id, payment_id),
        KEY cancelled_orders_waiting (performance_id, begun, payment_id)
      )`);
    await addKey(runner, 'payments', 'payments_performance', 'performance_id');
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations only go forward'));
  }
}
