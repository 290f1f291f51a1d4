import type { Queryable } from '@ticketing/common/database';
import { fillOutbox } from '@ticketing/common/testing/many-messages';
import { analyzeTables, insertMany, manyRows, numberedId } from '@ticketing/common/testing/many-rows';

const transfersEach = 10;

/** The tables that `fillPayments` fills. */
export const filledTables = [
  ...['wallets', 'ledger_entries', 'payments', 'refunds', 'refund_tickets', 'payable_reservations'],
  ...['sagas', 'saga_steps', 'idempotency_keys', 'outbox_events'],
];

/** Payments of the past, for plans and times of statements: of each four one failed and one was refunded. */
export async function fillPayments(db: Queryable): Promise<void> {
  const [payment, reservation] = [numberedId('payment'), numberedId('reservation')];
  const user = numberedId('user', `n MOD ${manyRows / transfersEach}`);
  const of = { performance_id: numberedId('performance', 'n DIV 1000'), concert_id: numberedId('concert', 'n DIV 2000'), amount: '50000' };
  await insertMany(db, 'wallets', { user_id: numberedId('user'), balance: '100000' });
  await insertMany(db, 'ledger_entries', {
    ...{ id: numberedId('entry'), kind: "'CHARGE'", reference: numberedId('charge', 'n DIV 2') },
    ...{ account: "IF(n MOD 2 = 0, 'WALLET', 'CASH')", user_id: numberedId('user', `n DIV 2 MOD ${manyRows / transfersEach / 2}`) },
    ...{ amount: 'IF(n MOD 2 = 0, 50000, -50000)', balance_after: 'IF(n MOD 2 = 0, 100000, NULL)' },
  });
  await insertMany(db, 'payments', {
    ...{ id: payment, user_id: user, reservation_id: reservation, live_reservation_id: `IF(n MOD 4 = 1, NULL, ${reservation})`, ...of },
    ...{ status: "ELT(1 + n MOD 4, 'COMPLETED', 'FAILED', 'COMPLETED', 'REFUNDED')", tickets: "'[]'" },
  });
  await insertMany(db, 'refunds', {
    ...{ id: numberedId('refund'), payment_id: payment, live_payment_id: payment, amount: '50000', status: "'COMPLETED'" },
  });
  const ticket = numberedId('ticket');
  await insertMany(db, 'refund_tickets', { refund_id: numberedId('refund'), ticket_id: ticket, live_ticket_id: ticket });
  await insertMany(db, 'payable_reservations', { reservation_id: reservation, user_id: user, ...of });
  await insertMany(db, 'sagas', {
    ...{ id: numberedId('saga'), kind: "'payment'", subject_id: payment, attempts: '1' },
    ...{ status: "ELT(1 + n MOD 4, 'COMPLETED', 'COMPENSATED', 'COMPLETED', 'COMPLETED')" },
    next_attempt_at: 'UTC_TIMESTAMP(3) - INTERVAL n MOD 86400 SECOND',
  });
  await insertMany(db, 'saga_steps', { saga_id: numberedId('saga', 'n DIV 4'), step: "CONCAT('step-', n MOD 4)", outcome: "'done'" });
  await insertMany(db, 'idempotency_keys', {
    ...{
      id: `CONCAT(${numberedId('key')}, UNHEX(LEFT(SHA2(n, 256), 32)))`,
      fingerprint: 'UNHEX(SHA2(n, 256))',
      answer: `'{"payment": {}}'`,
    },
  });
  await fillOutbox(db);
  await analyzeTables(db, filledTables);
}
