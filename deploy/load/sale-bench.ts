import type { StackDescription } from '../local/stack-description.ts';
import type { Bench } from './bench-definition.ts';
import { type Alone, formatAlone, measureAlone } from './buyer-alone.ts';
import { runClosedLoop } from './closed-loop.ts';
import { profileServices } from './cpu-profiles.ts';
import { formatRows } from './format-rows.ts';
import { loadEnvironment } from './load-environment.ts';
import { type Measured, medianRow, type Row } from './measure-load.ts';
import { buySeat, prepareSales } from './one-sale.ts';
import { recountBooks } from './recount-books.ts';
import { inSaleShop, measureSales, type SaleShop } from './sale-shop.ts';
import { openSqlSales } from './sql-sale.ts';
import { measureSqlWay, sqlConnections, sqlWays } from './sql-ways.ts';

const rounds = 3;
const connections = 64;
/** Of a round, whichever comes first. */
const seconds = 20;
const seats = 2_000;
const warmUpSeats = 2_000;

/** Sales through the gateway, beside the SQL of the same sale, a group commit of it, and a route that does nothing. */
export const saleBench: Bench = {
  summary: 'sales (hold a seat and pay for it) a second and their CPU time by process, beside their SQL alone',
  instances: {},
  env: loadEnvironment,
  infrastructure: 'native',
  run: compareSales,
  profile: profileSales,
};

async function compareSales(stack: StackDescription, signal: AbortSignal): Promise<void> {
  await inSaleShop({ stack, connections, signal }, async (shop) => {
    const sql = await openSqlSales(stack, sqlConnections);
    try {
      await warmUp(shop);
      const alone = await measureAlone(stack, shop.api, shop.books.settle, signal);
      const rows = new Map<string, Row[]>();
      for (let round = 1; round <= rounds; round += 1) {
        process.stdout.write(`round ${round} of ${rounds}: ${seats} people come in\n`);
        await addRow(rows, 'sale', shop, await prepareRound(shop));
        for (const way of sqlWays) await addRow(rows, way.name, shop, () => measureSqlWay(stack, sql, way, signal));
      }
      report(new Map([...rows, ['Express, no-op', shop.yardstick.seen]]), alone);
    } finally {
      await sql.close();
    }
  });
  await recountBooks(stack, 'sales');
}

async function profileSales(stack: StackDescription, signal: AbortSignal): Promise<void> {
  await inSaleShop({ stack, connections, signal }, async (shop) => {
    await warmUp(shop);
    const measure = await prepareRound(shop);
    const rows = new Map<string, Row[]>();
    const files = await profileServices(stack.profile, () => addRow(rows, 'sale', shop, measure));
    report(rows);
    process.stdout.write(`\nCPU profiles, for the developer tools of a browser:\n${files.join('\n')}\n`);
  });
}

async function addRow(rows: Map<string, Row[]>, name: string, { yardstick }: SaleShop, measure: () => Promise<Measured>): Promise<void> {
  const row = await yardstick.beside(measure);
  rows.set(name, [...(rows.get(name) ?? []), row]);
}

async function warmUp({ stack, api, signal }: SaleShop): Promise<void> {
  const { buyings } = await prepareSales(stack, api, warmUpSeats, signal);
  const bounds = { url: stack.gatewayUrl, connections, seconds, most: Infinity, signal };
  await runClosedLoop(buyings.map(buySeat).values(), bounds);
}

/** Lets everybody in who is going to buy in a round. @returns what measures the round */
async function prepareRound(shop: SaleShop): Promise<() => Promise<Measured>> {
  const { stack, api, books, signal } = shop;
  const prepared = await prepareSales(stack, api, seats, signal);
  await books.settle();
  return () => measureSales(shop, prepared, { connections, seconds });
}

function report(rows: ReadonlyMap<string, readonly Row[]>, alone?: Alone): void {
  const medians = new Map([...rows].map(([name, some]) => [name, medianRow(some)]));
  process.stdout.write(
    `\nOne sale: hold one free seat and pay for it; each by another person with an own pass. ${connections} connections, closed loop, ` +
      `medians of ${rounds} rounds of at most ${seats} sales and ${seconds} s. CPU time per sale counts until its events have arrived.\n\n` +
      `${formatRows(medians)}\n`,
  );
  if (alone) process.stdout.write(`\n${formatAlone(alone)}\n`);
}
