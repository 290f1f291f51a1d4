import { randomUUID } from 'node:crypto';
import { pollUntil } from '@ticketing/common/poll-until';
import { openWitnessDatabase, type WitnessDatabase } from '@ticketing/common/witness/witness-databases';
import { createConnection } from 'mysql2/promise';
import { ApiClient, type ApiReply, problemCode } from '../../client/api-client.ts';
import { type Buyer, createBuyer, logIn } from '../../client/buyer.ts';
import { balanceShape, reservationShape } from '../../client/shapes.ts';
import { prepareSale, type Sale } from '../../demo/prepare-sale.ts';
import { seedAccounts } from '../../seed.ts';
import type { DatabaseOwner } from '../../services.ts';
import { describeStack, type StackDescription } from '../../stack-description.ts';
import { scheduledPerformance } from './api-shapes.ts';

/** The running test stack as its visitors see it. Everything that a test sells and everybody who buys is made for that test. */
export interface TestShop {
  stack: StackDescription;
  api: ApiClient;
  /** Has every role. */
  operator: Buyer;
  /** Read-only, for what no public route tells at once. */
  books: { concert: WitnessDatabase; reservation: WitnessDatabase; payment: WitnessDatabase };
  close: () => Promise<void>;
}

/** Opens the shop of the test stack; makes the accounts that come with a stack when they are missing. */
export async function openTestShop(): Promise<TestShop> {
  const stack = describeStack('test');
  const api = new ApiClient(stack.gatewayUrl, { connections: 256 });
  await seedAccounts(stack);
  const operator = await logIn(api, 'operator@example.com');
  const { host, port, witness, owners } = stack.database;
  const open = (owner: 'concert' | 'reservation' | 'payment') =>
    openWitnessDatabase({ host, port, ...witness, database: owners[owner].database });
  const books = { concert: await open('concert'), reservation: await open('reservation'), payment: await open('payment') };
  return {
    stack,
    api,
    operator,
    books,
    close: async () => {
      await Promise.all([api.close(), books.concert.close(), books.reservation.close(), books.payment.close()]);
    },
  };
}

/** Puts a concert with one performance of `seats` seats on sale; `capacity` people may be in its shop at a time. */
export function openSale({ api, stack }: TestShop, seats: number, capacity = 1_000): Promise<Sale> {
  return prepareSale(api, stack, { seats, capacity });
}

/** One more performance of a sale's concert, in one row. @returns the sale of it, once its seats are there */
export async function addPerformance(shop: TestShop, sale: Sale, wanted: { seats: number; startsAt: Date }): Promise<Sale> {
  const { token } = shop.operator;
  const sections = [{ name: 'Floor', rows: 1, seatsPerRow: wanted.seats, price: sale.price }];
  const body = { startsAt: wanted.startsAt.toISOString(), sections };
  const path = `/admin/concerts/${sale.concertId}/performances`;
  const { id: performanceId } = await shop.api.call(scheduledPerformance, 'POST', path, { token, body });
  const added = { ...sale, performanceId };
  await eventually('the seats', async () => ((await countSeats(shop, added)).AVAILABLE === wanted.seats ? true : undefined));
  return added;
}

/** Somebody new, with points. */
export async function newBuyer({ api }: TestShop, points = 1_000_000): Promise<Buyer> {
  const buyer = await createBuyer(api, `${randomUUID()}@example.com`);
  if (points > 0) await buyer.charge(points);
  return buyer;
}

/** Somebody new who publishes concerts. */
export async function newOrganiser(shop: TestShop): Promise<Buyer> {
  const email = `${randomUUID()}@example.com`;
  await createBuyer(shop.api, email);
  await changeBooks(shop, 'user', `UPDATE accounts SET roles = 'fan,organiser' WHERE email = '${email}'`);
  return logIn(shop.api, email);
}

/** Changes what no public route changes, as the service itself would. */
export async function changeBooks({ stack }: TestShop, owner: DatabaseOwner, sql: string): Promise<void> {
  const { host, port, owners } = stack.database;
  const { database, app } = owners[owner];
  const connection = await createConnection({ host, port, database, ...app });
  await connection.query(sql);
  await connection.end();
}

// A password is hashed for each sign-up, which is work for a core.
const signUpsAtOnce = 8;

/** A crowd of new people. */
export async function newBuyers(shop: TestShop, count: number, points = 0): Promise<Buyer[]> {
  const buyers: Buyer[] = [];
  let started = 0;
  const makeSome = async (): Promise<void> => {
    while (started++ < count) buyers.push(await newBuyer(shop, points));
  };
  await Promise.all(Array.from({ length: signUpsAtOnce }, makeSome));
  return buyers;
}

/** Somebody in the shop of a sale. */
export interface Visitor extends Buyer {
  pass: string;
}

/** Takes a person through the waiting room. @throws Error when the sale is sold out */
export async function admit(buyer: Buyer, sale: Sale): Promise<Visitor> {
  const pass = await buyer.enter(sale.concertId);
  if (pass === undefined) throw new Error('nobody is let in: sold out');
  return { ...buyer, pass };
}

/** Somebody new with points, in the shop of a sale. */
export async function newVisitor(shop: TestShop, sale: Sale, points?: number): Promise<Visitor> {
  return admit(await newBuyer(shop, points), sale);
}

/** The ids of a sale's seats, in the order of the map. */
export async function seatIdsOf({ performanceId }: Sale, visitor: Visitor): Promise<string[]> {
  const { seats } = await visitor.seatMap(performanceId, visitor.pass);
  return seats.map((seat) => seat.id);
}

/** Holds seats for somebody. @returns the reservation's id @throws Error when they can't be had */
export async function holdFor(visitor: Visitor, { performanceId }: Sale, seatIds: string[]): Promise<string> {
  const reply = await visitor.hold(performanceId, visitor.pass, seatIds);
  if (reply.status !== 201) throw new Error(`hold: ${reply.status} ${JSON.stringify(reply.body)}`);
  return reservationShape.parse(reply.body).id;
}

/** What the wallet of a person says. */
export async function walletOf({ api }: TestShop, { token }: Buyer): Promise<{ balance: number; reserved: number }> {
  const { balance, reserved } = await api.call(balanceShape, 'GET', '/points', { token });
  return { balance, reserved };
}

/** How many seats of a sale are in each status, as the database has it now. */
export async function countSeats({ books }: TestShop, { performanceId }: Sale): Promise<Record<string, number>> {
  const rows = await books.reservation.rows(
    `SELECT status, COUNT(*) AS n FROM seats WHERE performance_id = ${sqlId(performanceId)} GROUP BY status`,
  );
  return Object.fromEntries(rows.map(({ status, n }) => [String(status), Number(n)]));
}

/** An id as the databases keep it. @throws Error for anything but a UUID */
export function sqlId(id: string): string {
  const hex = id.replaceAll('-', '');
  if (!/^[0-9a-f]{32}$/.test(hex)) throw new Error(`${id} is no id`);
  return `UNHEX('${hex}')`;
}

/** Looks until the condition holds. @throws Error naming `what` when it does not within half a minute */
export async function eventually<T>(what: string, look: () => Promise<T | undefined>, timeoutMs = 30_000): Promise<T> {
  const found = await pollUntil(look, timeoutMs);
  if (found === undefined) throw new Error(`waited in vain: ${what}`);
  return found;
}

/** How many answers there are of each status and code, for example `{'201': 1, '409 seat-taken': 199}`. */
export function tally(replies: ApiReply[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const reply of replies) {
    const name = [reply.status, problemCode(reply)].filter((part) => part !== undefined).join(' ');
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}
