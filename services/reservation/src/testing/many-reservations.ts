import type { Queryable } from '@ticketing/common/database';
import { analyzeTables, insertMany, manyRows, numberedId } from '@ticketing/common/testing/many-rows';

const seatsEach = 1_000;
const reservationsEach = 10;

/** The tables that `fillReservations` fills. */
export const filledTables = [
  'seats',
  'reservations',
  'reservation_seats',
  'tickets',
  'person_limits',
  'performances',
  'check_ins',
  'gate_tickets',
  'ticket_transfers',
];

/** Past sales, for plans and times of statements: every second seat was sold, every second of those was let in, and each person has ten reservations, of which some had no luck. */
export async function fillReservations(db: Queryable): Promise<void> {
  const [reservation, seat] = [numberedId('reservation'), numberedId('seat')];
  const performance = numberedId('performance', `n DIV ${seatsEach}`);
  const user = numberedId('user', `n MOD ${manyRows / reservationsEach}`);
  const place = { section: "'Floor'", row_label: "'A'", number: `n MOD ${seatsEach} + 1`, price: '50000' };
  await insertMany(db, 'performances', {
    ...{ id: numberedId('performance'), concert_id: numberedId('concert', 'n DIV 2'), starts_at: 'UTC_TIMESTAMP(3) + INTERVAL 30 DAY' },
    ...{ sale_opens_at: 'UTC_TIMESTAMP(3) - INTERVAL 1 DAY', max_seats_per_person: '4', total_seats: String(seatsEach) },
  });
  await insertMany(db, 'seats', {
    ...{ performance_id: performance, id: seat, position: `n MOD ${seatsEach}`, ...place },
    ...{ status: "IF(n MOD 2 = 0, 'SOLD', 'AVAILABLE')", reservation_id: `IF(n MOD 2 = 0, ${reservation}, NULL)` },
  });
  await insertMany(db, 'reservations', {
    ...{ id: reservation, user_id: user, concert_id: numberedId('concert', `n DIV ${seatsEach * 2}`), performance_id: performance },
    ...{ status: "ELT(1 + n MOD 4, 'CONFIRMED', 'EXPIRED', 'CONFIRMED', 'CANCELLED')", seat_count: '1', amount: '50000' },
    ...{ expires_at: 'UTC_TIMESTAMP(3) - INTERVAL n MOD 86400 SECOND', payment_id: `IF(n MOD 2 = 0, ${numberedId('payment')}, NULL)` },
  });
  await insertMany(db, 'reservation_seats', { reservation_id: reservation, seat_id: seat, ...place });
  await insertMany(db, 'tickets', {
    ...{ id: numberedId('ticket'), reservation_id: reservation, user_id: user, seat_id: seat },
    live_seat_id: `IF(n MOD 2 = 0, ${seat}, NULL)`,
  });
  await insertMany(db, 'ticket_transfers', {
    ...{ id: numberedId('transfer'), ticket_id: numberedId('ticket'), open_ticket_id: `IF(n MOD 100 = 0, ${numberedId('ticket')}, NULL)` },
    ...{
      from_user_id: user,
      token_hash: `UNHEX(SHA2(HEX(${numberedId('transfer')}), 256))`,
      expires_at: 'UTC_TIMESTAMP(3) + INTERVAL 1 DAY',
    },
  });
  await insertMany(db, 'person_limits', { performance_id: performance, user_id: numberedId('user') });
  const ticket = numberedId('ticket');
  await insertMany(db, 'check_ins', {
    ...{ id: numberedId('check-in'), performance_id: performance, nonce: "CONCAT('n-', n)", ticket_id: ticket, gate: "'North'" },
    ...{ live_ticket_id: `IF(n MOD 4 = 0, ${ticket}, NULL)`, outcome: "IF(n MOD 4 = 0, 'CHECKED_IN', 'VOID')" },
    ...{ actor_id: user, scanned_at: 'UTC_TIMESTAMP(3)' },
  });
  await insertMany(db, 'gate_tickets', { performance_id: performance, ticket_id: ticket, seq: 'n + 1', is_void: 'n MOD 2' });
  await analyzeTables(db, filledTables);
}
