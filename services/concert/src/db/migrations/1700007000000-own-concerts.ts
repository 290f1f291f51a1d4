import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Whose a concert is, and who brought a venue. What is there already has no owner: it is for operators. */
export class OwnConcerts1700007000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const table of ['concerts', 'venues']) {
      if (!(await runner.hasColumn(table, 'owner_id'))) await runner.query(`ALTER TABLE ${table} ADD COLUMN owner_id BINARY(16) NULL`);
    }
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations only go forward'));
  }
}
