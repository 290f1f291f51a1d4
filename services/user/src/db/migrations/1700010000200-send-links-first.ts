import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Mails that somebody waits for have priority 0. */
export class SendLinksFirst1700010000200 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    if (await runner.hasColumn('mails', 'priority')) return;
    // One statement, so that a migration that died before it was noted finds both or none.
    await runner.query(`
      ALTER TABLE mails
        ADD COLUMN priority TINYINT UNSIGNED NOT NULL DEFAULT 1,
        ADD KEY mails_due_first (status, priority, next_attempt_at)`);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations only go forward'));
  }
}
