import type { MigrationInterface, QueryRunner } from 'typeorm';

export class AddCheckIns1700010300000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // Every scan that named a ticket of the performance, with its outcome, which is final. live_ticket_id is the ticket while its check-in
    // stands and NULL otherwise: a ticket can't be checked in twice.
    await runner.query(`
      CREATE TABLE IF NOT EXISTS check_ins (
        id BINARY(16) NOT NULL PRIMARY KEY,
        performance_id BINARY(16) NOT NULL,
        nonce VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        ticket_id BINARY(16) NOT NULL,
        live_ticket_id BINARY(16) NULL,
        outcome VARCHAR(10) CHARACTER SET ascii NOT NULL,
        lost_to BINARY(16) NULL,
        gate VARCHAR(64) NOT NULL,
        actor_id BINARY(16) NOT NULL,
        scanned_at DATETIME(3) NOT NULL,
        recorded_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
        undone_at DATETIME(3) NULL,
        UNIQUE KEY check_ins_standing (live_ticket_id),
        UNIQUE KEY check_ins_nonce (performance_id, nonce),
        KEY check_ins_ticket (ticket_id)
      )`);
    // What gates were told last of each ticket. seq is given out after the change was committed, one reader at a time (gate_marks).
    await runner.query(`
      CREATE TABLE IF NOT EXISTS gate_tickets (
        performance_id BINARY(16) NOT NULL,
        ticket_id BINARY(16) NOT NULL,
        seq BIGINT UNSIGNED NOT NULL,
        is_void TINYINT NOT NULL,
        checked_in_at DATETIME(3) NULL,
        PRIMARY KEY (performance_id, ticket_id),
        KEY gate_tickets_since (performance_id, seq)
      )`);
    await runner.query(`
      CREATE TABLE IF NOT EXISTS gate_marks (
        performance_id BINARY(16) NOT NULL PRIMARY KEY,
        seq BIGINT UNSIGNED NOT NULL
      )`);
    // When a ticket became void, for whoever recounts: nothing else changes it.
    if (!(await runner.hasColumn('tickets', 'changed_at'))) {
      await runner.query(
        'ALTER TABLE tickets ADD COLUMN changed_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3)',
      );
    }
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations only go forward'));
  }
}
