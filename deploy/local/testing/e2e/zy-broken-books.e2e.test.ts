import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Evidence, Owner, WitnessSources } from '@ticketing/common/witness/check';
import { findOffences, look, type Seen, toFindings } from '@ticketing/common/witness/invariants';
import { exitCodeOf } from '@ticketing/common/witness/run-witness';
import { z } from 'zod';
import { breakBooks, dashed, fillBooks, openBooks, type SaleBooks } from './broken-books.ts';
import { expectCleanBooks } from './clean-books.ts';
import { eventDamages } from './damaged-events.ts';
import { moneyDamages } from './damaged-money.ts';
import { seatDamages } from './damaged-seats.ts';
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

async function lookAtBroken(statements: [Owner, string][], only?: number): Promise<Seen[]> {
  const { evidence, undo } = await breakBooks(shop, sources, statements);
  try {
    return await look(evidence, only);
  } finally {
    await undo();
  }
}

/** The waiting room of the sale with a change that nobody else ever sees. */
function withRoom(kind: 'room' | 'place', change: Record<string, unknown>): Evidence {
  const { redis } = sources;
  if ('unseen' in redis) throw new Error('the stack has no Redis');
  const valuesUnder = async (prefix: string): Promise<Map<string, unknown>> => {
    const values = await redis.valuesUnder(prefix);
    if (prefix !== `queue||${kind}:`) return values;
    const mine = [...values].filter(([key]) => key.startsWith(dashed(books.concert)));
    return new Map([...values, ...mine.map(([key, value]): [string, unknown] => [key, { ...z.looseObject({}).parse(value), ...change }])]);
  };
  return { ...sources, redis: { ...redis, valuesUnder } };
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
    expect(findings).toHaveLength(14);
  });

  it.each([...seatDamages, ...moneyDamages, ...eventDamages].map((damage) => [damage.invariant, damage.what, damage] as const))(
    'finds that %i does not hold when %s',
    async (number, _what, { statements, row }) => {
      const seen = await lookAtBroken(statements(books), number);
      note(seen);
      const findings = toFindings(seen);
      expect(findings[0]?.offending).toContainEqual(expect.objectContaining(row(books)));
      expect(exitCodeOf(findings)).toBe(1);
    },
  );

  it.each([
    [11, 'two people have one place', 'place', { joinNumber: 1 }],
    [12, 'more people are let in than there is room for', 'room', { capacity: 0 }],
  ] as const)('finds that %i does not hold when %s', async (number, _what, kind, change) => {
    const seen = await look(withRoom(kind, change), number);
    note(seen);
    expect(toFindings(seen)[0]?.offending).toContainEqual(expect.objectContaining({ room: dashed(books.concert) }));
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
  it.each<[string, () => [Owner, string][]]>([
    ['with a sale, a hold that somebody had before, a refund and what an operator cancelled', () => []],
    ['with a refund half a day and an hour after the hold', () => longBefore(books)],
    ['with a letter that was redriven', () => [letter(books, 'REDRIVEN')]],
    [
      'with a letter that was put away',
      () => [
        letter(books, 'DISCARDED'),
        ['payment', `DELETE FROM inbox_events WHERE event_id = x'${books.held.event}'`],
        ['payment', `DELETE FROM payable_reservations WHERE reservation_id = x'${books.held.reservation}'`],
      ],
    ],
  ])('%s', async (_what, statements) => {
    expect(findingsOfSale(await lookAtBroken(statements()))).toEqual([]);
  });
});

// Last: what the others have found is what the witness can find.
describe('every check', () => {
  it('has found broken books', async () => {
    const all = (await look(sources)).flatMap(({ number, outcomes }) => outcomes.map((_, index) => `${number}.${index}`));
    expect(all.filter((check) => !alarmed.has(check) && !/^1[12]\./.test(check))).toEqual([]);
  });
});
