import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { logIn } from '../local/client/buyer.ts';
import { paymentShape } from '../local/client/shapes.ts';
import type { StackDescription } from '../local/stack-description.ts';
import { atOnce } from './at-once.ts';
import type { Bench } from './bench-definition.ts';
import { type LoadRequest, requestsWith, runClosedLoop } from './closed-loop.ts';
import { cpuByProcess } from './cpu-time.ts';
import { formatRows } from './format-rows.ts';
import { loadEnvironment } from './load-environment.ts';
import { type Measured, measureLoad, medianRow, type Row } from './measure-load.ts';
import { type Buying, holdRequest, payRequest, prepareSales } from './one-sale.ts';
import { recountBooks } from './recount-books.ts';
import { inSaleShop, type SaleShop } from './sale-shop.ts';

const rounds = 3;
const tickets = 2_000;
const buyersAtOnce = 64;
const warmUpTickets = 200;
/** Of a load, whichever comes first. */
const seconds = 30;

/** People at the gates who scan at a time, by the name of the load. */
const crowds = { 'scan, 4 gates': 4, 'scan, 64 gates': 64 };

/** Scans at gates, beside a route that does nothing. */
export const gateBench: Bench = {
  summary: 'scans of tickets at gates: how long one takes and its CPU time by process',
  instances: {},
  env: loadEnvironment,
  infrastructure: 'native',
  run: measureGates,
};

async function measureGates(stack: StackDescription, signal: AbortSignal): Promise<void> {
  await inSaleShop({ stack, connections: buyersAtOnce, signal }, async (shop) => {
    const rows = new Map<string, Row[]>();
    await measureScans(shop, await sellTickets(shop, warmUpTickets), 4);
    for (let round = 1; round <= rounds; round += 1) {
      for (const [name, gates] of Object.entries(crowds)) {
        process.stdout.write(`round ${round} of ${rounds}: ${name}\n`);
        const evening = await sellTickets(shop, tickets);
        await addRow(rows, name, shop, () => measureScans(shop, evening, gates));
        await addRow(rows, `second ${name}`, shop, () => measureScans(shop, evening, gates, 409));
      }
    }
    report(new Map([...rows, ['Express, no-op', shop.yardstick.seen]]));
  });
  await recountBooks(stack, 'scans');
}

async function addRow(rows: Map<string, Row[]>, name: string, { yardstick }: SaleShop, measure: () => Promise<Measured>): Promise<void> {
  rows.set(name, [...(rows.get(name) ?? []), await yardstick.beside(measure)]);
}

interface Evening {
  performanceId: string;
  /** What the codes of its tickets say. */
  codes: string[];
}

const ticketShape = z.object({ qrText: z.string() });

/** Sells as many tickets of a performance, one to each person. */
async function sellTickets({ stack, api, books, signal }: SaleShop, count: number): Promise<Evening> {
  const { buyings } = await prepareSales(stack, api, count, signal);
  const codes: string[] = [];
  const buy = async (buying: Buying): Promise<void> => {
    const token = buying.headers['authorization']?.slice('Bearer '.length);
    const pass = buying.headers['x-queue-pass'];
    const held = await api.send('POST', '/reservations', { token, pass, ...sent(holdRequest(buying)) });
    const answer = { status: held.status, text: () => JSON.stringify(held.body) };
    const paid = await api.send('POST', '/payments', { token, ...sent(payRequest(buying, answer)) });
    const [ticket] = paymentShape.parse(paid.body).tickets ?? [];
    codes.push((await api.call(ticketShape, 'GET', `/tickets/${ticket?.id ?? ''}`, { token })).qrText);
  };
  await atOnce(buyersAtOnce, buyings, signal, buy);
  await books.settle();
  return { performanceId: buyings[0]?.performanceId ?? '', codes };
}

function sent({ headers, body }: LoadRequest): { idempotencyKey: string | undefined; body: unknown } {
  return { idempotencyKey: headers?.['idempotency-key'], body };
}

/** Scans each ticket once. */
async function measureScans(shop: SaleShop, { performanceId, codes }: Evening, gates: number, status = 201): Promise<Measured> {
  const { stack, api, books, signal } = shop;
  const { token } = await logIn(api, 'operator@example.com');
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const path = `/api/v1/admin/performances/${performanceId}/check-ins`;
  const scans = codes.map((qr): LoadRequest => {
    return { method: 'POST', path, headers, body: JSON.stringify({ qr, nonce: randomUUID(), gate: 'North' }) };
  });
  const bounds = { url: stack.gatewayUrl, connections: gates, seconds, most: Infinity, signal };
  // Who works at the gate is known by then, as at a gate that has opened.
  const look = [{ method: 'GET', path: `${path}/summary`, headers } as const];
  await runClosedLoop(requestsWith(200, look), { ...bounds, connections: 1 });
  return measureLoad(requestsWith(status, scans), bounds, { cpu: () => cpuByProcess(stack.profile), settle: books.settle });
}

function report(rows: ReadonlyMap<string, readonly Row[]>): void {
  const medians = new Map([...rows].map(([name, some]) => [name, medianRow(some)]));
  process.stdout.write(
    `\nOne scan: the code of a ticket by its text, at as many gates at a time as named, closed loop; a second scan of each is refused with 409. ` +
      `Medians of ${rounds} rounds of at most ${tickets} scans and ${seconds} s. CPU time per scan counts until its event has arrived.\n\n` +
      `${formatRows(medians)}\n`,
  );
}
