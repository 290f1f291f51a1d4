import { ApiClient } from '../local/client/api-client.ts';
import type { StackDescription } from '../local/stack-description.ts';
import type { Bench } from './bench-definition.ts';
import { type BusyShop, furnishShop, openBusyShop } from './busy-shop.ts';
import { runClosedLoop } from './closed-loop.ts';
import { type CpuByProcess, cpuByProcess, loadGenerator } from './cpu-time.ts';
import { formatRows } from './format-rows.ts';
import { formatIdle, idleShare } from './idle-share.ts';
import { loadEnvironment } from './load-environment.ts';
import { type Measured, measureLoad, medianRow, type Row } from './measure-load.ts';
import { openSettledBooks, type SettledBooks } from './settled-books.ts';
import { mostJoins, type ShopLoad, shopLoads } from './shop-loads.ts';
import { openYardstick, type Yardstick } from './yardstick.ts';

const rounds = 3;
const connections = 64;
/** Of a load in a round. */
const seconds = 4;
/** Before it, whichever comes first. */
const warmUp = { seconds: 1, most: 400 };
const idleLook = { times: rounds, seconds: 8 };

/** Everything that the shop is asked, through the gateway, beside a route that does nothing. */
export const shopBench: Bench = {
  summary: 'every request of the shop under load, and the shop at rest, beside an Express route that does nothing',
  instances: {},
  env: loadEnvironment,
  infrastructure: 'native',
  run: measureShop,
};

async function measureShop(stack: StackDescription, signal: AbortSignal): Promise<void> {
  const api = new ApiClient(stack.gatewayUrl);
  const books = await openSettledBooks(stack, signal);
  const yardstick = await openYardstick({ connections, signal });
  try {
    const concertId = await furnishShop(stack, api);
    await books.settle();
    const idle = await idleShare(stack, idleLook, signal);
    const shop = await openBusyShop(stack, api, concertId, mostJoins);
    const rows = await measureRounds(shop, books, yardstick, signal).finally(() => shop.close());
    report(new Map([...rows, ['Express, no-op', yardstick.seen]]), idle);
  } finally {
    yardstick.stop();
    await books.close();
    await api.close();
  }
}

async function measureRounds(
  shop: BusyShop,
  books: SettledBooks,
  yardstick: Yardstick,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, readonly Row[]>> {
  const loads = Object.entries(shopLoads(shop));
  const rows = new Map<string, Row[]>(loads.map(([name]) => [name, []]));
  for (let round = 1; round <= rounds; round += 1) {
    for (const [name, load] of loads) {
      process.stdout.write(`round ${round} of ${rounds}: ${name}\n`);
      const measure = await prepare(shop.stack, books, load, signal);
      rows.get(name)?.push(await yardstick.beside(measure));
    }
  }
  return rows;
}

/** Makes a load ready and warms it up. @returns what measures it */
async function prepare(
  stack: StackDescription,
  books: SettledBooks,
  { causesEvents = false, process: only, prepare: prepareLoad }: ShopLoad,
  signal: AbortSignal,
): Promise<() => Promise<Measured>> {
  const tasks = await prepareLoad();
  const bounds = { url: stack.gatewayUrl, connections, signal };
  await runClosedLoop(tasks, { ...bounds, ...warmUp });
  await books.settle();
  const counts = (name: string): boolean => only === undefined || name === only || name === loadGenerator;
  return () =>
    measureLoad(
      tasks,
      { ...bounds, seconds, most: Infinity },
      {
        cpu: () => new Map([...cpuByProcess(stack.profile)].filter(([name]) => counts(name))),
        settle: causesEvents ? books.settle : undefined,
      },
    );
}

function report(rows: ReadonlyMap<string, readonly Row[]>, idle: CpuByProcess): void {
  const medians = new Map([...rows].map(([name, some]) => [name, medianRow(some)]));
  process.stdout.write(
    `\n${connections} connections, closed loop, medians of ${rounds} rounds of ${seconds} s each. ` +
      `CPU time of what causes events counts until they have arrived.\n\n${formatRows(medians)}\n`,
  );
  process.stdout.write(
    `\nAt rest with demonstration data: ${formatIdle(idle)}, medians of ${idleLook.times} times ${idleLook.seconds} s.\n`,
  );
}
