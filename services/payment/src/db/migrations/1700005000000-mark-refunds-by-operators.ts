import type { MigrationInterface, QueryRunner } from 'typeorm';

/** An operator's refund is carried out also once the performance has begun. */
export class MarkRefundsByOperators1700005000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    if (await runner.hasColumn('refunds', 'by_operator')) return;
    await runner.query('ALTER TABLE refunds ADD COLUMN by_operator TINYINT UNSIGNED NOT NULL DEFAULT 0');
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations only go forward'));
  }
}
