import { createMessagingTables } from '@ticketing/common/messaging-tables';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreatePayments1700000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await createLedger(runner);
    // live_reservation_id is the reservation while a payment may win it and NULL when the payment failed: one at a time.
    await runner.query(`
      CREATE TABLE IF NOT EXISTS payments (
        id BINARY(16) NOT NULL PRIMARY KEY,
        user_id BINARY(16) NOT NULL,
        reservation_id BINARY(16) NOT NULL,
        live_reservation_id BINARY(16) NULL,
        performance_id BINARY(16) NOT NULL,
        concert_id BINARY(16) NOT NULL,
        amount BIGINT UNSIGNED NOT NULL,
        status VARCHAR(9) CHARACTER SET ascii NOT NULL,
        failure VARCHAR(64) CHARACTER SET ascii NULL,
        tickets JSON NULL,
        created_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
        UNIQUE KEY payments_live_reservation (live_reservation_id)
      )`);
    await runner.query(`
      CREATE TABLE IF NOT EXISTS refunds (
        id BINARY(16) NOT NULL PRIMARY KEY,
        payment_id BINARY(16) NOT NULL,
        live_payment_id BINARY(16) NULL,
        amount BIGINT UNSIGNED NOT NULL,
        status VARCHAR(9) CHARACTER SET ascii NOT NULL,
        failure VARCHAR(64) CHARACTER SET ascii NULL,
        created_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
        UNIQUE KEY refunds_live_payment (live_payment_id)
      )`);
    // What a reservation costs, known from its event, so that paying needs no question before it begins.
    await runner.query(`
      CREATE TABLE IF NOT EXISTS payable_reservations (
        reservation_id BINARY(16) NOT NULL PRIMARY KEY,
        user_id BINARY(16) NOT NULL,
        performance_id BINARY(16) NOT NULL,
        concert_id BINARY(16) NOT NULL,
        amount BIGINT UNSIGNED NOT NULL
      )`);
    await createSagas(runner);
    await createMessagingTables(runner);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations only go forward'));
  }
}

async function createLedger(runner: QueryRunner): Promise<void> {
  await runner.query(`
    CREATE TABLE IF NOT EXISTS wallets (
      user_id BINARY(16) NOT NULL PRIMARY KEY,
      balance BIGINT NOT NULL DEFAULT 0,
      reserved BIGINT NOT NULL DEFAULT 0,
      CONSTRAINT wallets_not_negative CHECK (reserved >= 0 AND balance >= reserved)
    )`);
  // Double entry: the amounts of one transfer add up to 0. A reference is booked once per kind.
  await runner.query(`
    CREATE TABLE IF NOT EXISTS ledger_entries (
      id BINARY(16) NOT NULL PRIMARY KEY,
      kind VARCHAR(7) CHARACTER SET ascii NOT NULL,
      reference BINARY(16) NOT NULL,
      account VARCHAR(6) CHARACTER SET ascii NOT NULL,
      user_id BINARY(16) NOT NULL,
      amount BIGINT NOT NULL,
      balance_after BIGINT NULL,
      booked_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
      UNIQUE KEY ledger_entries_once (kind, reference, account),
      KEY ledger_entries_of_account (user_id, account, id)
    )`);
}

async function createSagas(runner: QueryRunner): Promise<void> {
  await runner.query(`
    CREATE TABLE IF NOT EXISTS sagas (
      id BINARY(16) NOT NULL PRIMARY KEY,
      kind VARCHAR(16) CHARACTER SET ascii NOT NULL,
      subject_id BINARY(16) NOT NULL,
      status VARCHAR(11) CHARACTER SET ascii NOT NULL,
      attempts INT UNSIGNED NOT NULL DEFAULT 0,
      next_attempt_at DATETIME(3) NOT NULL,
      last_error VARCHAR(255) NULL,
      created_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
      UNIQUE KEY sagas_subject (kind, subject_id),
      KEY sagas_due (status, next_attempt_at)
    )`);
  await runner.query(`
    CREATE TABLE IF NOT EXISTS saga_steps (
      saga_id BINARY(16) NOT NULL,
      step VARCHAR(32) CHARACTER SET ascii NOT NULL,
      outcome VARCHAR(64) CHARACTER SET ascii NOT NULL,
      at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
      PRIMARY KEY (saga_id, step)
    )`);
}
