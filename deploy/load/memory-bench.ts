import { ApiClient } from '../local/client/api-client.ts';
import { prepareSale } from '../local/demo/prepare-sale.ts';
import type { StackDescription } from '../local/stack-description.ts';
import { StepFailure } from '../local/step-failure.ts';
import type { Bench } from './bench-definition.ts';
import { furnishShop, openBusyShop } from './busy-shop.ts';
import { runClosedLoop, type Task } from './closed-loop.ts';
import { createPeople, fillWallets, letIn, type Person } from './crowd.ts';
import { loadEnvironment } from './load-environment.ts';
import { compareMemory, type MemoryGrowth, type MemorySample } from './memory-growth.ts';
import { memoryByProcess } from './memory-use.ts';
import { type ShopLoad, shopLoads } from './shop-loads.ts';
import { buyFromTheStreet, type Purchase } from './whole-purchase.ts';

const early = { second: 120, withinSeconds: 20 };
const late = { second: 600, withinSeconds: 20 };
const seconds = late.second + late.withinSeconds;
const sampleEveryMs = 1_000;
const buyersAtOnce = 96;
const otherRequestsAtOnce = 32;
const buyers = 2_000;
const seatsPerBuyer = 4;
/** Enough for more sales than a machine makes in the time. */
const concerts = 12;
const shopCapacity = 500;
const crowdSize = 4_000;
const notInTheMix = ['hold accepted', 'join, new place', 'search, all different, of Elasticsearch alone'];

/** Whether services keep more and more while everything is asked of them at once. */
export const memoryBench: Bench = {
  summary: `memory of each process after ${early.second / 60} and after ${late.second / 60} minutes of sales, reads and polls at once`,
  instances: {},
  env: loadEnvironment,
  infrastructure: 'native',
  run: measureMemory,
};

interface Tally {
  ended: number;
  unexpected: Map<string, number>;
}

async function measureMemory(stack: StackDescription, signal: AbortSignal): Promise<void> {
  const api = new ApiClient(stack.gatewayUrl);
  try {
    const shop = await openBusyShop(stack, api, await furnishShop(stack, api), crowdSize);
    const loads = shopLoads(shop);
    const purchases = await prepareWaves(stack, api, signal);
    const url = stack.gatewayUrl;
    await runClosedLoop(await prepared(loads['join, new place']), { url, connections: 64, seconds: 60, most: crowdSize / 2, signal });
    const others = Object.entries(loads).filter(([name]) => !notInTheMix.includes(name));
    const mix = inTurns(await Promise.all(others.map(([, load]) => prepared(load))));
    process.stdout.write(`load for ${seconds} s: sales, and ${others.map(([name]) => name).join('; ')}\n`);
    const sampling = sampleMemory(stack);
    const tallies = { sales: newTally(), others: newTally() };
    const bounds = { url, seconds, most: Infinity, signal };
    await Promise.all([
      runClosedLoop(purchases.map(buyFromTheStreet).values(), { ...bounds, connections: buyersAtOnce }, countInto(tallies.sales)),
      runClosedLoop(mix, { ...bounds, connections: otherRequestsAtOnce }, countInto(tallies.others)),
    ]).finally(sampling.stop);
    await shop.close();
    if (tallies.sales.ended >= purchases.length) throw new StepFailure('the seats were sold out before the end');
    report(compareMemory(sampling.samples, early, late), tallies);
  } finally {
    await api.close();
  }
}

async function prepared(load: ShopLoad | undefined): Promise<Iterator<Task>> {
  if (!load) throw new StepFailure('the shop has no such load');
  return load.prepare();
}

/** One of each in turn, until one ends. */
function* inTurns<T>(iterators: readonly Iterator<T>[]): Generator<T> {
  for (;;) {
    for (const iterator of iterators) {
      const next = iterator.next();
      if (next.done) return;
      yield next.value;
    }
  }
}

/** Everybody buys as many seats of each concert as a person may, one at a time, each with a new place in its room. */
async function prepareWaves(stack: StackDescription, api: ApiClient, signal: AbortSignal): Promise<Purchase[]> {
  const people = await createPeople(stack, api, buyers);
  const [looker] = await createPeople(stack, api, 1);
  const purchases: Purchase[] = [];
  let total = 0;
  for (let wave = 0; wave < concerts; wave += 1) {
    const sale = await prepareSale(api, stack, { seats: buyers * seatsPerBuyer, capacity: shopCapacity });
    const seats = await readSeats(looker, sale);
    purchases.push(
      ...seats.flatMap((seatId, index) => {
        const person = people[index % buyers];
        return person ? [{ person, concertId: sale.concertId, performanceId: sale.performanceId, seatId }] : [];
      }),
    );
    total += sale.price * seatsPerBuyer;
  }
  await fillWallets(people, total, signal);
  return purchases;
}

async function readSeats(
  looker: Person | undefined,
  { concertId, performanceId }: { concertId: string; performanceId: string },
): Promise<string[]> {
  const [visitor] = await letIn(looker ? [looker] : [], concertId);
  const map = await visitor?.buyer.seatMap(performanceId, visitor.pass);
  return map?.seats.map(({ id }) => id) ?? [];
}

function sampleMemory({ profile }: StackDescription): { samples: MemorySample[]; stop: () => void } {
  const samples: MemorySample[] = [];
  const began = performance.now();
  const timer = setInterval(() => {
    samples.push({ second: (performance.now() - began) / 1_000, mebibytes: memoryByProcess(profile) });
  }, sampleEveryMs);
  return { samples, stop: () => clearInterval(timer) };
}

function newTally(): Tally {
  return { ended: 0, unexpected: new Map() };
}

function countInto(tally: Tally): (unexpected: string | undefined) => void {
  return (unexpected) => {
    tally.ended += 1;
    if (unexpected !== undefined) tally.unexpected.set(unexpected, (tally.unexpected.get(unexpected) ?? 0) + 1);
  };
}

function report(rows: readonly MemoryGrowth[], { sales, others }: { sales: Tally; others: Tally }): void {
  const lines = rows.map(({ name, early: before, late: after, growth, isBounded }) =>
    [name, `${before.toFixed(0)} MiB`, `${after.toFixed(0)} MiB`, `${(growth * 100).toFixed(1)} %`, isBounded ? '' : 'more than 10 %'].join(
      ' | ',
    ),
  );
  const told = ({ ended, unexpected }: Tally): string =>
    `${ended} (${(ended / seconds).toFixed(0)} a second${[...unexpected].map(([what, count]) => `, ${count} × ${what}`).join('')})`;
  process.stdout.write(
    `\nIn ${seconds} s ${told(sales)} sales with their joins and polls, ${told(others)} other requests. Memory: the least resident of looks once a second, ` +
      `${early.withinSeconds} s before and after.\n\n| process | after ${early.second / 60} min | after ${late.second / 60} min | growth | |\n|---|---|---|---|---|\n` +
      `${lines.map((line) => `| ${line} |`).join('\n')}\n`,
  );
}
