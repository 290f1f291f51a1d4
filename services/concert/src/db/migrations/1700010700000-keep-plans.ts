import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The seat plans of performances; those without one have rectangles in `performance_sections`. */
export class KeepPlans1700010700000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE IF NOT EXISTS performance_plans (
        performance_id BINARY(16) NOT NULL PRIMARY KEY,
        plan MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
        CONSTRAINT performance_plans_performance FOREIGN KEY (performance_id) REFERENCES performances (id)
      )`);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations only go forward'));
  }
}
