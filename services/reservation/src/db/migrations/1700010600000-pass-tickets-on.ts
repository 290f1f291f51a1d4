import { addKey } from '@ticketing/common/add-key';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class PassTicketsOn1700010600000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // open_ticket_id is the ticket while the link may be accepted, and NULL afterwards: a ticket can't have two open links.
    await runner.query(`
      CREATE TABLE IF NOT EXISTS ticket_transfers (
        id BINARY(16) NOT NULL PRIMARY KEY,
        ticket_id BINARY(16) NOT NULL,
        open_ticket_id BINARY(16) NULL,
        from_user_id BINARY(16) NOT NULL,
        token_hash BINARY(32) NOT NULL,
        expires_at DATETIME(3) NOT NULL,
        created_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
        revoked_at DATETIME(3) NULL,
        accepted_at DATETIME(3) NULL,
        to_user_id BINARY(16) NULL,
        new_ticket_id BINARY(16) NULL,
        UNIQUE KEY ticket_transfers_open (open_ticket_id),
        UNIQUE KEY ticket_transfers_token (token_hash),
        UNIQUE KEY ticket_transfers_new_ticket (new_ticket_id),
        KEY ticket_transfers_ticket (ticket_id)
      )`);
    await addKey(runner, 'tickets', 'tickets_of_person', 'user_id, id');
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations only go forward'));
  }
}
