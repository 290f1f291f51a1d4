import type { Owner } from '@ticketing/common/witness/check';
import { type Damage, dashed, madeUp, type SaleBooks } from './broken-books.ts';

const other = madeUp('another one');
const more = madeUp('one more');

const inPayments = (...statements: string[]): [Owner, string][] => statements.map((sql) => ['payment', sql]);

/** A second refund of the refunded payment that is right in everything: its entries, saga, event, answer and the wallet. */
const secondRefund = ({ refunded }: SaleBooks, amount = 'amount'): [Owner, string][] =>
  inPayments(
    `INSERT INTO refunds (id, payment_id, live_payment_id, amount, status)
     SELECT x'${other}', payment_id, x'${other}', ${amount}, status FROM refunds WHERE id = x'${refunded.refund}'`,
    `UPDATE wallets w JOIN payments p ON p.user_id = w.user_id JOIN refunds f ON f.id = x'${other}'
        SET w.balance = w.balance + f.amount WHERE p.id = x'${refunded.payment}'`,
    `INSERT INTO ledger_entries (id, kind, reference, account, user_id, amount, balance_after)
     SELECT UNHEX(REPLACE(UUID(), '-', '')), 'REFUND', f.id, a.account, p.user_id, a.sign * CAST(f.amount AS SIGNED), IF(a.sign > 0, w.balance, NULL)
       FROM refunds f JOIN payments p ON p.id = f.payment_id JOIN wallets w ON w.user_id = p.user_id
       JOIN (SELECT 'WALLET' AS account, 1 AS sign UNION ALL SELECT 'SALES', -1) a WHERE f.id = x'${other}'`,
    `INSERT INTO sagas (id, kind, subject_id, status, next_attempt_at, ended_at)
     VALUES (x'${more}', 'refund', x'${other}', 'COMPLETED', UTC_TIMESTAMP(3), UTC_TIMESTAMP(3))`,
    `INSERT INTO idempotency_keys (id, fingerprint, answer)
     SELECT RPAD('${other}', 32, 'x'), RPAD('', 32, 'x'), CONCAT('{"refund":{"id":"${dashed(other)}","amount":"', amount, '"}}')
       FROM refunds WHERE id = x'${other}'`,
    `INSERT INTO outbox_events (id, topic, type, aggregate_id, data, published_at)
     VALUES (x'${other}', 'payments', 'payment.refunded', '${dashed(refunded.payment)}', '{}', UTC_TIMESTAMP(3))`,
  );

/** A payment for the held seats whose points are set aside, and its saga. */
const anotherPayment = ({ held }: SaleBooks, sagaStatus: string): [Owner, string][] =>
  inPayments(
    `INSERT INTO payments (id, user_id, reservation_id, live_reservation_id, performance_id, concert_id, amount, status)
     SELECT x'${other}', user_id, reservation_id, reservation_id, performance_id, concert_id, amount, 'PENDING'
       FROM payable_reservations WHERE reservation_id = x'${held.reservation}'`,
    `UPDATE wallets w JOIN payments p ON p.user_id = w.user_id SET w.reserved = w.reserved + p.amount WHERE p.id = x'${other}'`,
    `INSERT INTO sagas (id, kind, subject_id, status, next_attempt_at, ended_at)
     VALUES (x'${more}', 'payment', x'${other}', '${sagaStatus}', UTC_TIMESTAMP(3), UTC_TIMESTAMP(3))`,
  );

const answerOf = (subject: string, id: string): string => `JSON_UNQUOTE(JSON_EXTRACT(answer, '$.${subject}.id')) = '${dashed(id)}'`;

const damagedWallets: Damage[] = [
  {
    invariant: 7,
    what: 'a wallet has a won too much',
    statements: ({ sold }) => inPayments(`UPDATE wallets SET balance = balance + 1 WHERE user_id = x'${sold.person}'`),
    row: ({ sold }) => ({ person: sold.person, reserved: 0 }),
  },
  {
    invariant: 7,
    what: 'points are set aside for nothing',
    statements: ({ held }) => inPayments(`UPDATE wallets SET reserved = reserved + 1 WHERE user_id = x'${held.person}'`),
    row: ({ held }) => ({ person: held.person, reserved: 1, pending: 0 }),
  },
  {
    invariant: 7,
    what: 'an entry begins with a balance that no other has left',
    statements: ({ sold }) =>
      inPayments(`UPDATE ledger_entries SET balance_after = balance_after + 1 WHERE reference = x'${sold.payment}' AND account = 'WALLET'`),
    row: ({ sold }) => ({ person: sold.person, more_come_than_go: 1, chain_breaks_at: 910_001 }),
  },
  {
    invariant: 7,
    what: 'an account that is no wallet has a balance',
    statements: ({ sold }) =>
      inPayments(`UPDATE ledger_entries SET balance_after = 1 WHERE reference = x'${sold.payment}' AND account = 'SALES'`),
    row: () => ({ kind: 'PAYMENT', account: 'SALES', balance_after: 1 }),
  },
  {
    invariant: 7,
    what: 'a payment was booked into another account',
    statements: ({ sold }) =>
      inPayments(`UPDATE ledger_entries SET account = 'CASH' WHERE reference = x'${sold.payment}' AND account = 'SALES'`),
    row: ({ sold }) => ({ transfer: sold.payment, accounts: 'CASH,WALLET' }),
  },
  {
    invariant: 7,
    what: 'somebody else was booked to have paid',
    statements: ({ sold, held }) =>
      inPayments(`UPDATE ledger_entries SET user_id = x'${held.person}' WHERE reference = x'${sold.payment}'`),
    row: ({ sold }) => ({ payment: sold.payment, payer: sold.person, entries: 0 }),
  },
  {
    invariant: 7,
    what: 'a refund went to somebody else',
    statements: ({ refunded, held }) =>
      inPayments(`UPDATE ledger_entries SET user_id = x'${held.person}' WHERE reference = x'${refunded.refund}'`),
    row: ({ refunded }) => ({ refund: refunded.refund, entries: 0 }),
  },
  {
    invariant: 7,
    what: 'points were spent on nothing',
    statements: ({ sold }) => inPayments(`DELETE FROM payments WHERE id = x'${sold.payment}'`),
    row: ({ sold }) => ({ transfer: sold.payment, subject: 'is of nothing' }),
  },
  {
    invariant: 7,
    what: 'the sums differ',
    statements: ({ sold }) => inPayments(`UPDATE payments SET amount = amount + 1 WHERE id = x'${sold.payment}'`),
    row: () => ({ wallets: 'all' }),
  },
  {
    invariant: 7,
    what: 'sales have given more than they took',
    statements: ({ sold }) =>
      inPayments(`UPDATE ledger_entries SET amount = -1000000000000 WHERE reference = x'${sold.payment}' AND account = 'SALES'`),
    row: () => ({ account: 'SALES' }),
  },
];

const damagedRefunds: Damage[] = [
  {
    invariant: 7,
    what: 'a payment was given back twice',
    statements: (books) => secondRefund(books),
    row: ({ refunded }) => ({ payment: refunded.payment, refunds: 2 }),
  },
  {
    invariant: 7,
    what: 'a ticket was given back twice',
    statements: (books) => [
      ...secondRefund(books),
      ...inPayments(
        `INSERT INTO refund_tickets SELECT x'${other}', ticket_id, NULL FROM refund_tickets WHERE refund_id = x'${books.parted.refund}'`,
      ),
    ],
    row: ({ parted }) => ({ ticket: parted.ticket, live_refunds: 2 }),
  },
  {
    invariant: 7,
    what: 'more was given back than was paid',
    statements: (books) => secondRefund(books, 'amount + 1'),
    row: ({ refunded }) => ({ refund: other, payment: refunded.payment, amount: 90_001, paid: 90_000 }),
  },
];

const damagedPartRefunds: Damage[] = [
  {
    invariant: 7,
    what: 'a payment that was given back counts as paid',
    statements: ({ refunded }) => inPayments(`UPDATE payments SET status = 'COMPLETED' WHERE id = x'${refunded.payment}'`),
    row: ({ refunded }) => ({ payment: refunded.payment, status: 'COMPLETED', tickets: 0, bought: 1 }),
  },
  {
    invariant: 7,
    what: 'a payment counts as given back of which a ticket is good',
    statements: ({ parted }) => inPayments(`UPDATE payments SET status = 'REFUNDED' WHERE id = x'${parted.payment}'`),
    row: ({ parted }) => ({ payment: parted.payment, status: 'REFUNDED', tickets: 1, bought: 2, refunded: 90_000 }),
  },
  {
    invariant: 7,
    what: 'an earlier version may give back all of a payment once more',
    statements: ({ parted }) => inPayments(`UPDATE refunds SET live_payment_id = NULL WHERE id = x'${parted.refund}'`),
    row: ({ parted }) => ({ payment: parted.payment, live_refunds: 90_000 }),
  },
  {
    invariant: 7,
    what: 'a ticket may be given back once more',
    statements: ({ parted }) => inPayments(`UPDATE refund_tickets SET live_ticket_id = NULL WHERE refund_id = x'${parted.refund}'`),
    row: ({ parted }) => ({ refund: parted.refund, ticket: parted.ticket, live: null }),
  },
  {
    invariant: 7,
    what: 'less came back than the ticket has cost',
    statements: ({ parted }) => inPayments(`UPDATE refunds SET amount = amount - 1 WHERE id = x'${parted.refund}'`),
    row: ({ parted }) => ({ refund: parted.refund, amount: 89_999, prices: 90_000 }),
  },
];

const damagedAnswers: Damage[] = [
  {
    invariant: 8,
    what: 'a charge has no answer',
    statements: ({ sold }) => inPayments(`DELETE FROM idempotency_keys WHERE ${answerOf('charge', sold.charge)}`),
    row: ({ sold }) => ({ charge: sold.charge, answers: 0 }),
  },
  {
    invariant: 8,
    what: 'a charge was answered with another balance',
    statements: ({ sold }) =>
      inPayments(`UPDATE idempotency_keys SET answer = JSON_SET(answer, '$.charge.balance', '7') WHERE ${answerOf('charge', sold.charge)}`),
    row: ({ sold }) => ({ charge: sold.charge, balance_told: '7' }),
  },
  {
    invariant: 8,
    what: 'a charge that was answered is not in the ledger',
    statements: ({ sold }) => inPayments(`DELETE FROM ledger_entries WHERE reference = x'${sold.charge}'`),
    row: ({ sold }) => ({ charge: sold.charge, answered: 'but not done' }),
  },
  {
    invariant: 8,
    what: 'a payment was made under two keys',
    statements: ({ sold }) =>
      inPayments(`INSERT INTO idempotency_keys (id, fingerprint, answer)
        SELECT REVERSE(id), fingerprint, answer FROM idempotency_keys WHERE ${answerOf('payment', sold.payment)}`),
    row: ({ sold }) => ({ payment: sold.payment, answers: 2 }),
  },
  {
    invariant: 8,
    what: 'a refund was made under no key, and no operator made it',
    statements: ({ cancelled }) =>
      inPayments(
        `DELETE FROM audit_entries WHERE action = 'payment.cancel' AND JSON_UNQUOTE(JSON_EXTRACT(detail, '$.after.refundId')) = '${dashed(cancelled.refund)}'`,
      ),
    row: ({ cancelled }) => ({ refund: cancelled.refund, answers: 0 }),
  },
  {
    invariant: 8,
    what: 'an operator cancelled and nothing was given back',
    statements: ({ cancelled }) => inPayments(`DELETE FROM refunds WHERE id = x'${cancelled.refund}'`),
    row: ({ cancelled }) => ({ refund: cancelled.refund, refunds: 0 }),
  },
  {
    invariant: 8,
    what: 'an order of a cancelled performance names a refund that was never made',
    statements: ({ sold }) =>
      inPayments(
        `INSERT INTO cancelled_orders (performance_id, payment_id, begun, refund_id) VALUES (x'${other}', x'${sold.payment}', 1, x'${more}')`,
      ),
    row: ({ sold }) => ({ performance_id: other, payment_id: sold.payment, refund_id: more }),
  },
  {
    invariant: 8,
    what: 'a reservation that was answered is not there',
    statements: ({ held }) => [['reservation', `DELETE FROM reservations WHERE id = x'${held.reservation}'`]],
    row: ({ held }) => ({ reservation: held.reservation, answered: 'but not done' }),
  },
];

const damagedSagas: Damage[] = [
  {
    invariant: 9,
    what: 'a saga has not ended',
    statements: ({ sold }) => inPayments(`UPDATE sagas SET status = 'PARKED' WHERE subject_id = x'${sold.payment}'`),
    row: () => ({ kind: 'payment', status: 'PARKED', last_error: null }),
  },
  {
    invariant: 9,
    what: 'a saga is undone and its payment is not: its points are gone',
    statements: (books) => anotherPayment(books, 'COMPENSATED'),
    row: () => ({ saga: more, subject: other, status: 'COMPENSATED', subject_status: 'PENDING' }),
  },
  {
    invariant: 9,
    what: 'a saga is done and its payment is not',
    statements: (books) => anotherPayment(books, 'COMPLETED'),
    row: () => ({ saga: more, subject: other, status: 'COMPLETED', subject_status: 'PENDING' }),
  },
  {
    invariant: 9,
    what: 'a saga is done and its refund is not',
    statements: ({ refunded }) => inPayments(`UPDATE refunds SET status = 'PENDING' WHERE id = x'${refunded.refund}'`),
    row: ({ refunded }) => ({ kind: 'refund', subject: refunded.refund, subject_status: 'PENDING' }),
  },
  {
    invariant: 9,
    what: 'a payment is done and its saga is not',
    statements: ({ sold }) => inPayments(`UPDATE sagas SET status = 'RUNNING' WHERE subject_id = x'${sold.payment}'`),
    row: ({ sold }) => ({ subject: sold.payment, status: 'RUNNING', subject_status: 'COMPLETED' }),
  },
  {
    invariant: 9,
    what: 'a saga is about nothing',
    statements: ({ refunded }) => inPayments(`DELETE FROM refunds WHERE id = x'${refunded.refund}'`),
    row: ({ refunded }) => ({ kind: 'refund', subject: refunded.refund, subject_status: null }),
  },
  {
    invariant: 9,
    what: 'a refund has no saga',
    statements: ({ refunded }) => inPayments(`DELETE FROM sagas WHERE subject_id = x'${refunded.refund}'`),
    row: ({ refunded }) => ({ without_saga: refunded.refund, kind: 'refund' }),
  },
  {
    invariant: 9,
    what: 'a saga has ended before the outcome of a step was known',
    statements: ({ sold }) =>
      inPayments(
        `UPDATE saga_steps t JOIN sagas s ON s.id = t.saga_id SET t.outcome = 'begun' WHERE s.subject_id = x'${sold.payment}' AND t.step = 'confirm-reservation'`,
      ),
    row: () => ({ kind: 'payment', step: 'confirm-reservation', outcome: 'begun' }),
  },
  {
    invariant: 6,
    what: 'a payment that has won failed',
    statements: ({ sold }) =>
      inPayments(`UPDATE payments SET status = 'FAILED', failure = 'hold-expired', tickets = NULL WHERE id = x'${sold.payment}'`),
    row: ({ sold }) => ({ payment: sold.payment, failed: 'but has the seats' }),
  },
  {
    invariant: 6,
    what: 'a payment is done and failed at once',
    statements: ({ sold }) => inPayments(`UPDATE payments SET failure = 'hold-expired' WHERE id = x'${sold.payment}'`),
    row: ({ sold }) => ({ payment: sold.payment, status: 'COMPLETED', failure: 'hold-expired' }),
  },
];

export const moneyDamages: Damage[] = [...damagedWallets, ...damagedRefunds, ...damagedPartRefunds, ...damagedAnswers, ...damagedSagas];
