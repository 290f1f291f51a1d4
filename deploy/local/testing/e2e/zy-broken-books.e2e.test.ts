import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Owner, WitnessSources } from '@ticketing/common/witness/check';
import { findOffences } from '@ticketing/common/witness/invariants';
import { openSources } from '@ticketing/common/witness/sources';
import { plain } from '@ticketing/common/witness/witness-databases';
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';
import { z } from 'zod';
import { paymentShape } from '../../client/shapes.ts';
import type { Sale } from '../../demo/prepare-sale.ts';
import { configOfStack } from '../../witness/stack-books.ts';
import { expectCleanBooks } from './clean-books.ts';
import { eventually, holdFor, newVisitor, openSale, openTestShop, seatIdsOf, sqlId, type TestShop } from './test-shop.ts';

let shop: TestShop;
let sale: Sale;
let sources: WitnessSources & { close: () => Promise<void> };
/** A reservation that was paid for, its payment, and one that is held. */
let sold: string;
let payment: string;
let held: string;

beforeAll(async () => {
  shop = await openTestShop();
  sources = await openSources(configOfStack(shop.stack));
  sale = await openSale(shop, 5);
  const [buyer, holder] = [await newVisitor(shop, sale), await newVisitor(shop, sale)];
  const [first = '', second = '', third = ''] = await seatIdsOf(sale, buyer);
  sold = await holdFor(buyer, sale, [first]);
  payment = paymentShape.parse((await buyer.pay(sold, buyer.pass)).body).id;
  held = await holdFor(holder, sale, [second, third]);
  await expectCleanBooks(shop);
});
afterAll(() => Promise.all([shop.close(), sources.close()]));

/** The books of one service with a change that nobody else ever sees. */
async function damaged(owner: Owner, sql: string): Promise<{ sources: WitnessSources; undo: () => Promise<void> }> {
  const { host, port, owners } = shop.stack.database;
  const { database, app } = owners[owner];
  const connection: Connection = await createConnection({ host, port, database, ...app, timezone: 'Z', decimalNumbers: true });
  await connection.beginTransaction();
  const [result] = await connection.query(sql);
  expect(result).toMatchObject({ affectedRows: 1 });
  const rows = async (query: string) => {
    const [found] = await connection.query<RowDataPacket[]>(query);
    return found.map((row) => Object.fromEntries(Object.entries(row).map(([column, value]) => [column, plain(value)])));
  };
  const close = (): Promise<void> => connection.end();
  return {
    sources: { ...sources, databases: { ...sources.databases, [owner]: { rows, close } } },
    undo: async () => {
      await connection.rollback();
      await close();
    },
  };
}

/** The waiting room of the sale with a change that nobody else ever sees. */
function withRoom(kind: 'room' | 'place', change: (value: Record<string, unknown>) => Record<string, unknown>): WitnessSources {
  const { redis } = sources;
  if (!redis) throw new Error('the stack has no Redis');
  const valuesUnder = async (prefix: string): Promise<Map<string, unknown>> => {
    const values = await redis.valuesUnder(prefix);
    if (prefix !== `queue||${kind}:`) return values;
    const mine = [...values].filter(([key]) => key.startsWith(sale.concertId));
    expect(mine.length).toBeGreaterThan(0);
    return new Map([
      ...values,
      ...mine.map(([key, value]): [string, unknown] => [key, change(z.record(z.string(), z.unknown()).parse(value))]),
    ]);
  };
  return { ...sources, redis: { ...redis, valuesUnder } };
}

async function offended(broken: WitnessSources): Promise<number[]> {
  return (await findOffences(broken)).filter(({ offending }) => offending.length > 0).map(({ number }) => number);
}

/** Waits until nothing else is found: holds of other sales run out meanwhile, and what is told of them is on its way for a moment. */
async function offendsOnly(broken: WitnessSources, ...numbers: number[]): Promise<void> {
  const wanted = numbers.join();
  await eventually(`what is found is: ${wanted}`, async () => ((await offended(broken)).join() === wanted ? true : undefined), 60_000);
}

const damages: [number, string, Owner, () => string][] = [
  [
    1,
    'a seat belongs to two people',
    'reservation',
    () =>
      `UPDATE reservation_seats SET seat_id = (SELECT id FROM seats WHERE reservation_id = ${sqlId(sold)}) WHERE reservation_id = ${sqlId(held)} LIMIT 1`,
  ],
  [2, 'what is paid for has expired', 'reservation', () => `UPDATE reservations SET status = 'EXPIRED' WHERE id = ${sqlId(sold)}`],
  [
    3,
    'a seat is gone',
    'reservation',
    () => `DELETE FROM seats WHERE performance_id = ${sqlId(sale.performanceId)} AND status = 'AVAILABLE' LIMIT 1`,
  ],
  [
    4,
    'one of two held seats is free',
    'reservation',
    () =>
      `UPDATE seats SET status = 'AVAILABLE', reservation_id = NULL, hold_expires_at = NULL WHERE reservation_id = ${sqlId(held)} LIMIT 1`,
  ],
  [5, 'a dead hold was sold', 'reservation', () => `UPDATE reservations SET expires_at = created_at WHERE id = ${sqlId(sold)}`],
  [
    6,
    'a reservation is both confirmed and expired',
    'reservation',
    () =>
      `INSERT INTO outbox_events (id, topic, type, aggregate_id, data, published_at)
       SELECT UNHEX(REPLACE(UUID(), '-', '')), topic, 'reservation.expired', aggregate_id, data, published_at
         FROM outbox_events WHERE aggregate_id = '${sold}' AND type = 'reservation.confirmed'`,
  ],
  [
    7,
    'a wallet has a won too much',
    'payment',
    () => `UPDATE wallets SET balance = balance + 1 WHERE user_id = (SELECT user_id FROM payments WHERE id = ${sqlId(payment)})`,
  ],
  [
    8,
    'a payment was made without a kept answer',
    'payment',
    () => `DELETE FROM idempotency_keys WHERE JSON_UNQUOTE(JSON_EXTRACT(answer, '$.payment.id')) = '${payment}'`,
  ],
  [9, 'a saga has not ended', 'payment', () => `UPDATE sagas SET status = 'PARKED' WHERE subject_id = ${sqlId(payment)}`],
  [
    10,
    'a payment has no event',
    'payment',
    () => `DELETE FROM outbox_events WHERE type = 'payment.completed' AND aggregate_id = '${payment}'`,
  ],
  [
    13,
    'a person has more seats than allowed',
    'reservation',
    () => `UPDATE performances SET max_seats_per_person = 1 WHERE id = ${sqlId(sale.performanceId)}`,
  ],
  [
    14,
    'payments do not know the price of a hold',
    'payment',
    () => `DELETE FROM payable_reservations WHERE reservation_id = ${sqlId(held)}`,
  ],
];

describe('the witness', () => {
  it('finds nothing, and leaves nothing out, where nothing is wrong', async () => {
    const findings = await findOffences(sources);
    expect(findings.filter(({ incomplete }) => incomplete)).toEqual([]);
    expect(findings).toHaveLength(14);
    await offendsOnly(sources);
  });

  it.each(damages)('finds that %i does not hold when %s', async (number, _what, owner, sql) => {
    const { sources: broken, undo } = await damaged(owner, sql());
    try {
      expect(await offended(broken)).toContain(number);
    } finally {
      await undo();
    }
  });

  it('finds that 11 does not hold when two people have one place', async () => {
    await offendsOnly(
      withRoom('place', (place) => ({ ...place, joinNumber: 1 })),
      11,
    );
  });

  it('finds that 12 does not hold when more people are let in than there is room for', async () => {
    await offendsOnly(
      withRoom('room', (room) => ({ ...room, capacity: 0 })),
      12,
    );
  });

  it('finds that 14 does not hold when the search index lacks a concert', async () => {
    const { searchIndex } = sources;
    const lacking = async () => (await searchIndex?.())?.filter(({ concert }) => concert !== sale.concertId.replaceAll('-', ''));
    await offendsOnly({ ...sources, searchIndex: lacking }, 14);
  });
});
