import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Owner, WitnessSources } from '@ticketing/common/witness/check';
import { findOffences, look, type Seen, toFindings } from '@ticketing/common/witness/invariants';
import { exitCodeOf } from '@ticketing/common/witness/run-witness';
import { breakBooks, breakRoom, type Damage, dashed, fillBooks, openBooks, type SaleBooks } from './broken-books.ts';
import { expectCleanBooks } from './clean-books.ts';
import { entryDamages } from './damaged-entries.ts';
import { eventDamages } from './damaged-events.ts';
import { moneyDamages } from './damaged-money.ts';
import { roomDamages } from './damaged-rooms.ts';
import { seatDamages } from './damaged-seats.ts';
import { ticketDamages } from './damaged-tickets.ts';
import { openTestShop, type TestShop } from './test-shop.ts';

let shop: TestShop;
let sources: WitnessSources & { close: () => Promise<void> };
let books: SaleBooks;
/** The checks that have found something, as `invariant.check`. */
const alarmed = new Set<string>();

beforeAll(async () => {
  shop = await openTestShop();
  sources = await openBooks(shop);
  ({ books } = await fillBooks(shop));
  await expectCleanBooks(shop);
});
afterAll(() => Promise.all([shop.close(), sources.close()]));

function note(seen: Seen[]): void {
  for (const { number, outcomes } of seen) {
    for (const [index, outcome] of outcomes.entries()) if (Array.isArray(outcome) && outcome.length > 0) alarmed.add(`${number}.${index}`);
  }
}

async function lookAtBroken({ statements, room }: Pick<Damage, 'statements' | 'room'>, only?: number): Promise<Seen[]> {
  const whole = room ? breakRoom(sources, books, room(books)) : sources;
  const { evidence, undo } = await breakBooks(shop, whole, statements?.(books) ?? []);
  try {
    return await look(evidence, only);
  } finally {
    await undo();
  }
}

/** What is found of the sale of this test; holds of other sales run out meanwhile. */
function findingsOfSale(seen: Seen[]): unknown[] {
  const ids = [...JSON.stringify(books).matchAll(/[0-9a-f]{32}/g)].flatMap(([id]) => [id, dashed(id)]);
  return toFindings(seen)
    .flatMap(({ number, offending }) => offending.map((row) => ({ number, ...row })))
    .filter((row) => ids.some((id) => JSON.stringify(row).includes(id)));
}

describe('the witness', () => {
  it('leaves nothing out', async () => {
    const findings = await findOffences(sources);
    expect(findings.filter(({ unseen }) => unseen.length > 0)).toEqual([]);
    expect(findings).toHaveLength(15);
  });

  it.each(
    [...seatDamages, ...ticketDamages, ...moneyDamages, ...eventDamages, ...roomDamages, ...entryDamages].map(
      (damage) => [damage.invariant, damage.what, damage] as const,
    ),
  )('finds that %i does not hold when %s', async (number, _what, damage) => {
    const seen = await lookAtBroken(damage, number);
    note(seen);
    const findings = toFindings(seen);
    expect(findings[0]?.offending).toContainEqual(expect.objectContaining(damage.row(books)));
    expect(exitCodeOf(findings)).toBe(1);
  });

  it('finds that 14 does not hold when the search index lacks a concert', async () => {
    const { searchIndex } = sources;
    const lacking = async () => {
      const documents = 'unseen' in searchIndex ? [] : await searchIndex();
      return 'unseen' in documents ? documents : documents.filter(({ concert }) => concert !== books.concert);
    };
    const seen = await look({ ...sources, searchIndex: lacking });
    note(seen);
    expect(findingsOfSale(seen)).toEqual([
      expect.objectContaining({ number: 14, concert: books.concert, missing: 'document in the search index' }),
    ]);
  });
});

/** Everything of a sale but its end, half a day and an hour earlier. */
function longBefore({ refunded }: SaleBooks): [Owner, string][] {
  const earlier = '- INTERVAL 13 HOUR';
  const begun = `aggregate_id = '${dashed(refunded.reservation)}' AND type IN ('reservation.held', 'reservation.confirmed')`;
  return [
    [
      'reservation',
      `UPDATE reservations SET created_at = created_at ${earlier}, expires_at = expires_at ${earlier} WHERE id = x'${refunded.reservation}'`,
    ],
    ['reservation', `UPDATE tickets SET issued_at = issued_at ${earlier} WHERE reservation_id = x'${refunded.reservation}'`],
    ['reservation', `UPDATE outbox_events SET created_at = created_at ${earlier} WHERE ${begun}`],
    ['payment', `UPDATE payments SET created_at = created_at ${earlier} WHERE id = x'${refunded.payment}'`],
    [
      'payment',
      `UPDATE sagas SET created_at = created_at ${earlier}, ended_at = ended_at ${earlier} WHERE subject_id = x'${refunded.payment}'`,
    ],
    ['payment', `UPDATE ledger_entries SET booked_at = booked_at ${earlier} WHERE reference = x'${refunded.payment}'`],
    [
      'payment',
      `UPDATE outbox_events SET created_at = created_at ${earlier} WHERE type = 'payment.completed' AND aggregate_id = '${dashed(refunded.payment)}'`,
    ],
  ];
}

/** A letter about the event of a hold. */
function letter({ held }: SaleBooks, status: string): [Owner, string] {
  const event = `{"data":{"reservationId":"${dashed(held.reservation)}"}}`;
  return [
    'payment',
    `INSERT INTO dead_letters (id, service, topic, event_id, type, event, headers, error, attempts, status)
     VALUES (x'${held.event}', 'payment', 'reservations', '${dashed(held.event)}', 'reservation.held', '${event}', '{}', 'none', 5, '${status}')`,
  ];
}

describe('the witness is content', () => {
  it.each<[string, Pick<Damage, 'statements' | 'room'>]>([
    ['with a sale, a hold that somebody had before, a refund, a ticket that was passed on and what an operator cancelled', {}],
    ['with a refund half a day and an hour after the hold', { statements: longBefore }],
    ['with a letter that was redriven', { statements: (all) => [letter(all, 'REDRIVEN')] }],
    [
      'with a letter that was put away',
      {
        statements: (all) => [
          letter(all, 'DISCARDED'),
          ['payment', `DELETE FROM inbox_events WHERE event_id = x'${all.held.event}'`],
          ['payment', `DELETE FROM payable_reservations WHERE reservation_id = x'${all.held.reservation}'`],
        ],
      },
    ],
    [
      'with a restarted room',
      {
        statements: ({ concert }) => [
          [
            'concert',
            `UPDATE waiting_rooms SET epoch = 'anew', restarts = 1, registered_at = UTC_TIMESTAMP(3) WHERE concert_id = x'${concert}'`,
          ],
        ],
        room: () => ({ records: { room: (room) => ({ ...room, epoch: 'anew' }) } }),
      },
    ],
  ])('%s', async (_what, change) => {
    expect(findingsOfSale(await lookAtBroken(change))).toEqual([]);
  });
});

describe('the witness of waiting rooms is content', () => {
  const longAgo = 'UTC_TIMESTAMP(3) - INTERVAL 8 DAY';
  it.each<[string, Pick<Damage, 'statements' | 'room'>]>([
    [
      'without a room whose sale ended long ago',
      {
        statements: ({ concert }) => [
          ['concert', `UPDATE concerts SET last_starts_at = ${longAgo} WHERE id = x'${concert}'`],
          ['concert', `UPDATE performances SET starts_at = ${longAgo} WHERE concert_id = x'${concert}'`],
        ],
        room: () => ({ records: { room: () => undefined, place: () => undefined } }),
      },
    ],
    [
      'without a room of a concert that never had a performance',
      {
        statements: ({ concert }) => [
          ['concert', `UPDATE concerts SET last_starts_at = NULL WHERE id = x'${concert}'`],
          ['concert', `UPDATE waiting_rooms SET registered_at = UTC_TIMESTAMP(3) - INTERVAL 401 DAY WHERE concert_id = x'${concert}'`],
        ],
        room: () => ({ records: { room: () => undefined } }),
      },
    ],
    [
      'without places that were taken before a later performance was added',
      {
        statements: ({ concert }) => [['concert', `UPDATE performances SET starts_at = ${longAgo} WHERE concert_id = x'${concert}'`]],
        room: () => ({ records: { place: () => undefined } }),
      },
    ],
    [
      'with a hold that is older than the column of passes',
      { statements: ({ held }) => [['reservation', `UPDATE reservations SET pass_id = NULL WHERE id = x'${held.reservation}'`]] },
    ],
  ])('%s', async (_what, change) => {
    for (const number of [11, 12]) expect(findingsOfSale(await lookAtBroken(change, number))).toEqual([]);
  });
});

// Last: what the others have found is what the witness can find.
describe('every check', () => {
  it('has found broken books', async () => {
    const all = (await look(sources)).flatMap(({ number, outcomes }) => outcomes.map((_, index) => `${number}.${index}`));
    expect(all.filter((check) => !alarmed.has(check))).toEqual([]);
  });
});
