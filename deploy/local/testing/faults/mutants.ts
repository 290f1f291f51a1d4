import type { ServiceName } from '../../services.ts';
import type { Change } from './build-mutant.ts';

/** A guard that is taken out of a copy of the build, and the faults of which at least one must find that out. */
export interface Mutant {
  guard: string;
  changes: Change[];
  /** Whose instances run the copy. */
  services: ServiceName[];
  cases: string[];
}

/** Refunds of one payment would take turns, and the keys would have nothing to decide. */
const withoutTurns: Change = {
  file: 'payment/dist/payments/payment.js',
  text: 'FROM payments WHERE id = ? FOR UPDATE',
  replacement: 'FROM payments WHERE id = ?',
};

export const mutants: readonly Mutant[] = [
  {
    guard: 'conditional update of seats: only what is free can be held',
    changes: [
      {
        file: 'reservation/dist/reservations/choose-best-seats.js',
        text: "const canBeHad = `(status = 'AVAILABLE' OR (status = 'HELD' AND hold_expires_at <= UTC_TIMESTAMP(3)))`;",
        replacement: 'const canBeHad = `(1 = 1)`;',
      },
    ],
    services: ['reservation'],
    cases: ['many at one seat while Redis is out'],
  },
  {
    guard: 'row of the per-person cap: orders of one person take turns',
    changes: [
      {
        file: 'reservation/dist/reservations/person-limit.js',
        text: ' FOR UPDATE SKIP LOCKED',
        replacement: '',
      },
      // Only so that orders are sure to meet: with the guard they take turns all the same.
      {
        file: 'reservation/dist/reservations/place-hold.js',
        text: 'AS open, UTC_TIMESTAMP(3) AS now',
        replacement: 'AS open, UTC_TIMESTAMP(3) AS now, SLEEP(0.3)',
      },
    ],
    services: ['reservation'],
    cases: ['one person orders many times at once'],
  },
  {
    guard: 'ETag of the line: one compare-and-set gives a place',
    changes: [
      {
        file: 'queue/dist/state/swap-state.js',
        text: 'await store.updateState(key, wanted, entry.etag, ttlSeconds)',
        replacement: 'await store.updateState(key, wanted, (await store.getState(key)).etag, ttlSeconds)',
      },
    ],
    services: ['queue'],
    cases: ['many join one room at once, through two instances'],
  },
  {
    guard: 'expiry in the sale: a dead hold is not sold',
    changes: [
      {
        file: 'reservation/dist/reservations/confirm-reservation.js',
        text: "AND status = 'HELD' AND hold_expires_at > UTC_TIMESTAMP(3)",
        replacement: "AND status = 'HELD'",
      },
      {
        file: 'reservation/dist/reservations/reservation.js',
        text: "CASE WHEN status = 'HELD' AND expires_at <= UTC_TIMESTAMP(3) THEN 'EXPIRED' ELSE status END",
        replacement: 'status',
      },
    ],
    services: ['reservation'],
    cases: ['pay at the moment of expiry, 100 trials'],
  },
  {
    guard: 'unique live owner: one payment at a time may win a reservation',
    changes: [
      {
        file: 'payment/dist/payments/pay.js',
        text: 'const live = idToBinary(reservationId);',
        replacement: 'const live = null;',
      },
    ],
    services: ['payment'],
    cases: ['one reservation is paid for twenty times with different keys'],
  },
  {
    guard: 'idempotency store: the first answer under a key stays',
    changes: [
      {
        file: 'common/dist/idempotency.js',
        text: "'INSERT INTO idempotency_keys (id, fingerprint, answer) VALUES ?'",
        replacement: "'REPLACE INTO idempotency_keys (id, fingerprint, answer) VALUES ?'",
      },
      // Only so that twins are sure to meet: with the guard one of them waits for the other all the same.
      {
        file: 'payment/dist/wallets/wallet.js',
        text: 'SELECT user_id, balance, reserved FROM wallets',
        replacement: 'SELECT user_id, balance, reserved, SLEEP(0.3) FROM wallets',
      },
    ],
    services: ['payment'],
    cases: ['eight charges are sent ten times each with one key'],
  },
  {
    guard: 'inbox: an event is taken once',
    changes: [
      {
        file: 'common/dist/inbox.js',
        text: 'if (written < ids.length)',
        replacement: 'if (written < 0)',
      },
    ],
    services: ['payment'],
    cases: ['events of holds are delivered twice'],
  },
  {
    guard: 'outbox: an event is marked only when the broker has it',
    changes: [
      {
        file: 'common/dist/outbox.js',
        text: "await crashPoint('outbox.before-publish');",
        replacement:
          "await db.execute('UPDATE outbox_events SET published_at = UTC_TIMESTAMP(3) WHERE seq IN (?)', [ofTopic.map((row) => row.seq)]);\n" +
          "        await crashPoint('outbox.before-publish');",
      },
    ],
    services: ['reservation'],
    cases: ['reservation dies at outbox.before-publish'],
  },
  {
    guard: 'lease check of sagas: who has lost the lease changes nothing',
    changes: [
      {
        file: 'payment/dist/sagas/saga-store.js',
        text: "'(id = ? AND lease_token = ?)').join(' OR ')}) AND status = 'RUNNING'`",
        replacement: "'(id = ? AND ? IS NOT NULL)').join(' OR ')})`",
      },
    ],
    services: ['payment'],
    cases: ['the driver of a failed payment wakes up while another payment of the same person is under way'],
  },
  {
    guard: 'step key of sagas: a confirmation that is asked again is the same one',
    changes: [
      {
        file: 'reservation/dist/reservations/confirm-reservation.js',
        text: "reservation.paymentId === paymentId && reservation.status === 'CONFIRMED'",
        replacement: 'false',
      },
    ],
    services: ['reservation'],
    cases: ['the reservation is confirmed, and payment never hears of it'],
  },
  {
    // The lease check would cover it: it is out as well.
    guard: 'booking key of the ledger: a step is booked once, even by two drivers',
    changes: [
      {
        file: 'payment/dist/sagas/saga-store.js',
        text: "'(id = ? AND lease_token = ?)').join(' OR ')}) AND status = 'RUNNING'`",
        replacement: "'(id = ? AND ? IS NOT NULL)').join(' OR ')})`",
      },
      {
        file: 'payment/dist/wallets/wallet.js',
        text: 'INSERT INTO ledger_entries (id,',
        replacement: 'INSERT IGNORE INTO ledger_entries (id,',
      },
    ],
    services: ['payment'],
    cases: ['payment stands still at refund.after-release'],
  },
  {
    guard: 'unique live refund: a payment is given back once',
    changes: [
      {
        file: 'payment/dist/refunds/begin-refund.js',
        text: "VALUES (?, ?, ?, ?, 'PENDING', ?)",
        replacement: "VALUES (?, ?, NULLIF(?, payment_id), ?, 'PENDING', ?)",
      },
      withoutTurns,
    ],
    services: ['payment'],
    cases: ['one payment is given back twenty times with different keys'],
  },
  {
    guard: 'unique live ticket: a ticket is given back once',
    changes: [
      {
        file: 'payment/dist/refunds/begin-refund.js',
        text: "VALUES (?, ?, ?, ?, 'PENDING', ?)",
        replacement: "VALUES (?, ?, NULLIF(?, payment_id), ?, 'PENDING', ?)",
      },
      {
        file: 'payment/dist/refunds/begin-refund.js',
        text: '[refund, ticket, ticket]',
        replacement: '[refund, ticket, null]',
      },
      withoutTurns,
    ],
    services: ['payment'],
    cases: ['two tickets of one payment are given back twenty times, one by one and together'],
  },
  {
    guard: 'tickets of a refund: those that were named',
    changes: [
      {
        file: 'payment/dist/refunds/begin-refund.js',
        text: 'tickets.filter(({ id }) => ticketIds.includes(id))',
        replacement: 'tickets.filter(({ id }) => !ticketIds.includes(id))',
      },
    ],
    services: ['payment'],
    cases: ['ten people give back one ticket of two at once'],
  },
  {
    guard: 'end of a reservation: with its last ticket it is REFUNDED',
    changes: [
      {
        file: 'reservation/dist/reservations/release-tickets.js',
        text: "${left === 0 ? \", status = 'REFUNDED'\" : ''}",
        replacement: '',
      },
    ],
    services: ['reservation'],
    cases: ['two tickets of one payment are given back twenty times, one by one and together'],
  },
  {
    guard: 'answers of a group: each goes to the call that it is for',
    changes: [
      {
        file: 'common/dist/call-groups.js',
        text: 'outcomeOf(path, call, answers[index])',
        replacement: 'outcomeOf(path, call, answers[calls.length - 1 - index])',
      },
    ],
    services: ['gateway'],
    cases: ['thirty hold and pay at once, and ten of them have no points'],
  },
  {
    guard: 'refusals of a group: who has too few points is not among those that pay',
    changes: [
      {
        file: 'payment/dist/payments/pay.js',
        text: 'first.filter((_payment, index) => reserved[index])',
        replacement: 'first',
      },
    ],
    services: ['payment'],
    cases: ['thirty hold and pay at once, and ten of them have no points'],
  },
  {
    guard: 'all of a group or none of it: a sale is written for seats that were sold',
    changes: [
      {
        file: 'reservation/dist/reservations/confirm-reservation.js',
        text: 'if (seats !== wanted) {',
        replacement: 'if (seats < 0) {',
      },
    ],
    services: ['reservation'],
    cases: ['pay at the moment of expiry, 100 trials'],
  },
  {
    guard: 'pass check: nobody comes in who was not let in',
    changes: [
      {
        file: 'gateway/dist/auth/access.js',
        text: 'const pass = await verify(ctx, limits.address, ctx.queuePasses, token);',
        replacement:
          'const pass = (await verify(ctx, limits.address, ctx.queuePasses, token)) ?? { userId: caller.user.id, concertId: token, place: 0, signedAt: Date.now() };',
      },
    ],
    services: ['gateway'],
    cases: ['somebody orders with a pass that nobody signed'],
  },
  // What it breaks stays broken: sagas of the next refunds find seats gone. So it is the last.
  {
    guard: 'seats of a refund: those of the tickets that are void',
    changes: [
      {
        file: 'reservation/dist/reservations/release-tickets.js',
        text: 'const seatIds = going.map(({ seatId }) => seatId);',
        replacement:
          'const seatIds = reservation.seats.map(({ id }) => id).filter((id) => !going.some(({ seatId }) => seatId === id)).slice(0, going.length);',
      },
    ],
    services: ['reservation'],
    cases: ['ten people give back one ticket of two at once'],
  },
];
