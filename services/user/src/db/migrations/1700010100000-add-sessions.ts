import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Sessions that can be ended, tokens that are sent to addresses, and accounts that are deleted. An instance of the version before goes on
 * signing access tokens that belong to no session.
 */
export class AddSessions1700010100000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    if (!(await runner.hasColumn('accounts', 'deleted_at'))) {
      await runner.query('ALTER TABLE accounts ADD COLUMN deleted_at DATETIME(3) NULL');
    }
    await runner.query(`
      CREATE TABLE IF NOT EXISTS sessions (
        id BINARY(16) NOT NULL PRIMARY KEY,
        account_id BINARY(16) NOT NULL,
        created_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
        ends_at DATETIME(3) NOT NULL,
        ended_at DATETIME(3) NULL,
        KEY sessions_of_account (account_id, ended_at),
        KEY sessions_ended (ended_at, id),
        KEY sessions_over (ends_at)
      )`);
    // A token is known by its SHA-256 only. ended_at is when it was used, or when another one took its place.
    await runner.query(`
      CREATE TABLE IF NOT EXISTS address_proofs (
        digest BINARY(32) NOT NULL PRIMARY KEY,
        account_id BINARY(16) NOT NULL,
        purpose VARCHAR(6) CHARACTER SET ascii NOT NULL,
        address VARCHAR(254) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
        created_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
        ends_at DATETIME(3) NOT NULL,
        ended_at DATETIME(3) NULL,
        KEY address_proofs_of_account (account_id, purpose, created_at),
        KEY address_proofs_of_address (address, created_at),
        KEY address_proofs_over (ends_at)
      )`);
    // What was asked for an address, whether it is an account's or not.
    await runner.query(`
      CREATE TABLE IF NOT EXISTS proof_requests (
        id BINARY(16) NOT NULL PRIMARY KEY,
        purpose VARCHAR(6) CHARACTER SET ascii NOT NULL,
        address VARCHAR(254) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
        account_id BINARY(16) NULL,
        requested_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
        KEY proof_requests_age (requested_at),
        KEY proof_requests_of_address (address),
        KEY proof_requests_of_account (account_id)
      )`);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations only go forward'));
  }
}
