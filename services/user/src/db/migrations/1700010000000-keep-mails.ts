import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Mails that are to be sent, and what is written in them: which language a person reads, and whether the address was shown to be theirs.
 * An instance of the version before goes on making accounts without either.
 */
export class KeepMails1700010000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // One statement, so that a migration that died before it was noted finds both columns or none.
    if (!(await runner.hasColumn('accounts', 'locale'))) {
      await runner.query(`
        ALTER TABLE accounts
          ADD COLUMN locale VARCHAR(2) CHARACTER SET ascii NOT NULL DEFAULT 'ko',
          ADD COLUMN verified_at DATETIME(3) NULL`);
    }
    await runner.query(`
      CREATE TABLE IF NOT EXISTS mails (
        id BINARY(16) NOT NULL PRIMARY KEY,
        kind VARCHAR(32) CHARACTER SET ascii NOT NULL,
        account_id BINARY(16) NULL,
        address VARCHAR(254) NOT NULL,
        locale VARCHAR(2) CHARACTER SET ascii NOT NULL,
        data JSON NOT NULL,
        status VARCHAR(7) CHARACTER SET ascii NOT NULL DEFAULT 'WAITING',
        attempts INT UNSIGNED NOT NULL DEFAULT 0,
        next_attempt_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
        last_error VARCHAR(500) NULL,
        created_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
        ended_at DATETIME(3) NULL,
        KEY mails_due (status, next_attempt_at),
        KEY mails_ended (ended_at),
        KEY mails_by_account (account_id)
      )`);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations only go forward'));
  }
}
