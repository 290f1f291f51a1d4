import { addKey } from '@ticketing/common/add-key';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class NameRefundedTickets1700010400000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // live_ticket_id is the ticket while its refund is under way or done and NULL when the refund failed: a ticket is given back once.
    await runner.query(`
      CREATE TABLE IF NOT EXISTS refund_tickets (
        refund_id BINARY(16) NOT NULL,
        ticket_id BINARY(16) NOT NULL,
        live_ticket_id BINARY(16) NULL,
        PRIMARY KEY (refund_id, ticket_id),
        UNIQUE KEY refund_tickets_live (live_ticket_id)
      )`);
    await addKey(runner, 'refunds', 'refunds_payment', 'payment_id');
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations only go forward'));
  }
}
