import { randomUUID } from 'node:crypto';
import type { Evidence, Owner, Row, WitnessSources } from '@ticketing/common/witness/check';
import type { KeyReader } from '@ticketing/common/witness/redis-reader';
import { openSources } from '@ticketing/common/witness/sources';
import { readRows } from '@ticketing/common/witness/witness-databases';
import { type Connection, createConnection } from 'mysql2/promise';
import { z } from 'zod';
import type { Buyer } from '../../client/buyer.ts';
import { paymentShape } from '../../client/shapes.ts';
import type { Sale } from '../../demo/prepare-sale.ts';
import { configOfStack } from '../../witness/stack-books.ts';
import { holdFor, newVisitor, openSale, seatIdsOf, type TestShop, type Visitor } from './test-shop.ts';

/** What is in the books of a sale, by ids as they are stored: hex without hyphens. */
export interface SaleBooks {
  concert: string;
  performance: string;
  /** A reservation of one seat that was paid for, and what belongs to it. */
  sold: { reservation: string; payment: string; seat: string; ticket: string; person: string; charge: string };
  /** Two seats that are held; the first of them was let go by somebody else before. */
  held: { reservation: string; person: string; seat: string; event: string };
  letGo: { reservation: string };
  /** Payments that were given back: by their payer and by an operator. */
  refunded: { reservation: string; payment: string; refund: string; ticket: string };
  cancelled: { payment: string; refund: string };
  /** One of two tickets was given back. */
  parted: { reservation: string; payment: string; refund: string; ticket: string };
  /** A ticket that was passed on, under its new id. */
  passedOn: { reservation: string; ticket: string; transfer: string };
  free: { seat: string };
  /** Scans of the ticket that was sold: one that was taken back, the one that stands, one that was too late; and one of a void ticket. */
  scans: { undone: string; standing: string; late: string; void: string };
}

/** A change to the books and what must be found then. */
export interface Damage {
  invariant: number;
  what: string;
  /** Each in the books of its service, in one transaction that nobody else sees and that is undone. */
  statements?: (books: SaleBooks) => [owner: Owner, sql: string][];
  room?: (books: SaleBooks) => RoomChange;
  /** What the offending row says at least. */
  row: (books: SaleBooks) => Row;
}

const refundShape = z.object({ id: z.uuid() });
const offerShape = z.object({ id: z.uuid(), link: z.url() });

/** Sells, holds, lets go, gives back all and some, cancels and lets in, so that everything is in the books once. */
export async function fillBooks(shop: TestShop): Promise<{ sale: Sale; books: SaleBooks }> {
  const sale = await openSale(shop, 8);
  const [buyer, holder, regretful] = [await newVisitor(shop, sale), await newVisitor(shop, sale), await newVisitor(shop, sale)];
  const seats = await seatIdsOf(sale, buyer);
  const seat = (number: number): string => seats[number] ?? '';
  const pay = async (reservation: string, by = buyer): Promise<{ reservation: string; payment: string; ticket: string }> => {
    const payment = paymentShape.parse((await by.pay(reservation)).body);
    return { reservation: hex(reservation), payment: hex(payment.id), ticket: hex(payment.tickets?.[0]?.id ?? '') };
  };
  const sold = await pay(await holdFor(buyer, sale, [seat(0)]));
  const letGo = await holdFor(regretful, sale, [seat(1)]);
  await shop.api.sendPatiently('DELETE', `/reservations/${letGo}`, { token: regretful.token });
  const held = await holdFor(holder, sale, [seat(1), seat(2)]);
  const refunded = await pay(await holdFor(buyer, sale, [seat(3)]));
  const refund = await giveBack(shop, buyer, refunded.payment, {});
  const cancelled = await pay(await holdFor(buyer, sale, [seat(4)]));
  const cancellation = await shop.api.call(refundShape, 'POST', `/admin/payments/${dashed(cancelled.payment)}/cancel`, {
    token: shop.operator.token,
    body: { reason: 'to see what the witness says' },
  });
  const parted = await pay(await holdFor(regretful, sale, [seat(4), seat(6)]), regretful);
  const partRefund = await giveBack(shop, regretful, parted.payment, { ticketIds: [dashed(parted.ticket)] });
  const [payer] = await shop.books.payment.rows(
    `SELECT p.user_id AS person, l.reference AS charge FROM payments p
       JOIN ledger_entries l ON l.user_id = p.user_id AND l.kind = 'CHARGE' AND l.account = 'WALLET' WHERE p.id = x'${sold.payment}'`,
  );
  const [heldBy] = await shop.books.reservation.rows(
    `SELECT r.user_id AS person, e.id AS event FROM reservations r
       JOIN outbox_events e ON e.type = 'reservation.held' AND e.aggregate_id = '${held}' WHERE r.id = x'${hex(held)}'`,
  );
  const scans = await scanTickets(shop, sale, { sold: dashed(sold.ticket), void: dashed(refunded.ticket) });
  return {
    sale,
    books: {
      concert: hex(sale.concertId),
      performance: hex(sale.performanceId),
      sold: { ...sold, seat: hex(seat(0)), person: String(payer?.person), charge: String(payer?.charge) },
      held: { reservation: hex(held), person: String(heldBy?.person), seat: hex(seat(1)), event: String(heldBy?.event) },
      letGo: { reservation: hex(letGo) },
      refunded: { ...refunded, refund: hex(refund.id) },
      cancelled: { ...cancelled, refund: hex(cancellation.id) },
      parted: { ...parted, refund: hex(partRefund.id) },
      passedOn: await passOn(shop, sale, regretful, holder, seat(7)),
      free: { seat: hex(seat(5)) },
      scans,
    },
  };
}

async function scanTickets(shop: TestShop, sale: Sale, tickets: { sold: string; void: string }): Promise<SaleBooks['scans']> {
  const path = `/admin/performances/${sale.performanceId}/check-ins`;
  const { token } = shop.operator;
  const scan = async (ticketId: string): Promise<string> => {
    const nonce = randomUUID();
    await shop.api.send('POST', path, { token, body: { ticketId, nonce } });
    const [kept] = await shop.books.reservation.rows(`SELECT id FROM check_ins WHERE nonce = '${nonce}'`);
    return String(kept?.id);
  };
  const undone = await scan(tickets.sold);
  await shop.api.send('DELETE', `${path}/${tickets.sold}`, { token });
  return { undone, standing: await scan(tickets.sold), late: await scan(tickets.sold), void: await scan(tickets.void) };
}

function giveBack({ api }: TestShop, { token }: Visitor, payment: string, body: unknown): Promise<z.infer<typeof refundShape>> {
  return api.call(refundShape, 'POST', `/payments/${dashed(payment)}/refunds`, { token, idempotencyKey: 'refund-of-a-broken-book', body });
}

async function passOn(shop: TestShop, sale: Sale, giver: Visitor, taker: Buyer, seatId: string): Promise<SaleBooks['passedOn']> {
  const payment = paymentShape.parse((await giver.pay(await holdFor(giver, sale, [seatId]))).body);
  const path = `/tickets/${payment.tickets?.[0]?.id ?? ''}/transfers`;
  const { id, link } = await shop.api.call(offerShape, 'POST', path, {
    token: giver.token,
    idempotencyKey: 'link-of-a-broken-book',
    body: {},
  });
  const ticket = await shop.api.call(z.object({ id: z.string() }), 'POST', `/transfers/${link.split('#')[1] ?? ''}`, {
    token: taker.token,
  });
  return { reservation: hex(payment.reservationId), ticket: hex(ticket.id), transfer: hex(id) };
}

/** The books with changes that nobody else ever sees. */
export interface BrokenBooks {
  evidence: Evidence;
  undo: () => Promise<void>;
}

export async function breakBooks(shop: TestShop, whole: Evidence, statements: [Owner, string][]): Promise<BrokenBooks> {
  const connections = new Map<Owner, Connection>();
  const connectionTo = async (owner: Owner): Promise<Connection> => {
    const known = connections.get(owner);
    if (known) return known;
    const { host, port, owners } = shop.stack.database;
    const { database, app } = owners[owner];
    const connection = await createConnection({ host, port, database, ...app, timezone: 'Z', decimalNumbers: true });
    connections.set(owner, connection);
    // What a statement only looks at stays free for the services.
    await connection.query('SET TRANSACTION ISOLATION LEVEL READ COMMITTED');
    await connection.query('SET foreign_key_checks = 0');
    await connection.beginTransaction();
    return connection;
  };
  const undo = async (): Promise<void> => {
    for (const connection of connections.values()) {
      await connection.rollback();
      await connection.end();
    }
  };
  try {
    for (const [owner, sql] of statements) {
      const [result] = await (await connectionTo(owner)).query(sql);
      const changed = 'affectedRows' in result ? result.affectedRows : 0;
      if (changed === 0 && !sql.startsWith('SET ')) throw new Error(`changes nothing: ${sql}`);
    }
  } catch (error) {
    await undo();
    throw error;
  }
  const broken = [...connections].map(([owner, connection]) => [owner, { rows: (sql: string) => readRows(connection, sql) }] as const);
  return { evidence: { ...whole, databases: { ...whole.databases, ...Object.fromEntries(broken) } }, undo };
}

/** What a record of the waiting room says instead; undefined: it is gone. */
type Rewrite = (value: Record<string, unknown>) => Record<string, unknown> | undefined;

/** Changes to a waiting room and to the settings that nobody else ever sees. */
export interface RoomChange {
  records?: Partial<Record<'room' | 'line' | 'absences' | 'admission' | 'place', Rewrite>>;
  settings?: Record<string, string>;
}

export function breakRoom(whole: Evidence, { concert }: SaleBooks, { records = {}, settings = {} }: RoomChange): Evidence {
  const { redis } = whole;
  if ('unseen' in redis) throw new Error('the stack has no Redis');
  const rewritten = (key: string, value: unknown): unknown => {
    const rewrite = Object.entries(records).find(([kind]) => key.startsWith(`queue||${kind}:${dashed(concert)}`))?.[1];
    return rewrite && value !== undefined ? rewrite(z.looseObject({}).parse(value)) : value;
  };
  const reader: KeyReader = {
    ...redis,
    value: async (key) => rewritten(key, await redis.value(key)),
    setting: async (key) => settings[key] ?? redis.setting(key),
    eachUnder: (prefix, show) =>
      redis.eachUnder(prefix, (rest, value) => {
        const changed = rewritten(prefix + rest, value);
        if (changed !== undefined) show(rest, changed);
      }),
  };
  return { ...whole, redis: reader };
}

export function openBooks(shop: TestShop): Promise<WitnessSources & { close: () => Promise<void> }> {
  return openSources(configOfStack(shop.stack));
}

function hex(id: string): string {
  return id.replaceAll('-', '');
}

/** An id as events name it. */
export function dashed(id: string): string {
  return id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** A new id, from a word that is to be seen in what is found. */
export function madeUp(word: string): string {
  return Buffer.from(word.padEnd(16, '.')).toString('hex').slice(0, 32);
}
