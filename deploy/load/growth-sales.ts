import { prepareSale, type Sale } from '../local/demo/prepare-sale.ts';
import type { StackDescription } from '../local/stack-description.ts';
import { runClosedLoop } from './closed-loop.ts';
import { createPeople, fillWallets, letIn, type Person } from './crowd.ts';
import { formatRows } from './format-rows.ts';
import { medianRow, type Row } from './measure-load.ts';
import { type Buying, buySeat, type PreparedSales, prepareSales } from './one-sale.ts';
import { inSaleShop, measureSales, type SaleShop } from './sale-shop.ts';

const rounds = 3;
const connections = 64;
const buyersPerRound = 600;
/** Of a round, which usually ends before. */
const seconds = 60;
const warmUpSeats = 400;
const openedAtOnce = 5;

interface Size {
  concerts: number;
  /** Of a concert, and seats of each of them. */
  performances: number;
  seats: number;
}

const sizes: Readonly<Record<string, Size>> = {
  '2,000 seats, 1 concert': { concerts: 1, performances: 1, seats: 2_000 },
  '200,000 seats, 1 concert': { concerts: 1, performances: 10, seats: 20_000 },
  '2,000 seats, 50 concerts': { concerts: 50, performances: 1, seats: 40 },
  '200,000 seats, 50 concerts': { concerts: 50, performances: 1, seats: 4_000 },
};

/** Concerts that are on sale together. */
interface Opened extends Size {
  name: string;
  sales: Sale[];
  /** The seats of a performance in the order in which they are bought: from all of it. */
  seatIds: Map<string, string[]>;
}

/** Sales a second in shops of several sizes, in alternating order. All of them are open all the time; one sells at a time. */
export async function measureSaleGrowth(stack: StackDescription, signal: AbortSignal): Promise<void> {
  await inSaleShop({ stack, connections, signal }, async (shop) => {
    await warmUp(shop);
    const opened: Opened[] = [];
    for (const [name, size] of Object.entries(sizes)) opened.push(await openSales(shop, name, size));
    const rows = new Map<string, Row[]>(opened.map(({ name }) => [name, []]));
    for (let round = 1; round <= rounds; round += 1) {
      for (const sale of round % 2 === 1 ? opened : opened.toReversed()) {
        process.stdout.write(`round ${round} of ${rounds}: ${sale.name}\n`);
        const prepared = await prepareRound(shop, sale);
        await shop.books.settle();
        rows.get(sale.name)?.push(await shop.yardstick.beside(() => measureSales(shop, prepared, { connections, seconds })));
      }
    }
    report(rows, shop.yardstick.seen);
  });
}

async function warmUp({ stack, api, signal }: SaleShop): Promise<void> {
  const { buyings } = await prepareSales(stack, api, warmUpSeats, signal);
  await runClosedLoop(buyings.map(buySeat).values(), { url: stack.gatewayUrl, connections, seconds, most: Infinity, signal });
}

async function openSales({ api, stack, signal }: SaleShop, name: string, size: Size): Promise<Opened> {
  process.stdout.write(`${name}: seats are built\n`);
  const capacity = buyersPerRound / size.concerts;
  const sales: Sale[] = [];
  while (sales.length < size.concerts) {
    signal.throwIfAborted();
    const some = Array.from({ length: Math.min(openedAtOnce, size.concerts - sales.length) }, () =>
      prepareSale(api, stack, { ...size, capacity }),
    );
    sales.push(...(await Promise.all(some)));
  }
  return { ...size, name, sales, seatIds: new Map() };
}

/** Lets as many people into each concert as the others, each for a seat of its own. */
async function prepareRound({ stack, api, signal }: SaleShop, opened: Opened): Promise<PreparedSales> {
  const people = await createPeople(stack, api, buyersPerRound);
  await fillWallets(people, opened.sales[0]?.price ?? 0, signal);
  const perConcert = buyersPerRound / opened.concerts;
  const choose = (sale: Sale, index: number): Promise<Buying[]> =>
    chooseSeats(opened, sale, people.slice(index * perConcert, (index + 1) * perConcert));
  const buyings = (await Promise.all(opened.sales.map(choose))).flat();
  return { concertIds: opened.sales.map(({ concertId }) => concertId), buyings: byTurns(buyings, perConcert) };
}

async function chooseSeats(opened: Opened, { concertId, performanceIds }: Sale, people: readonly Person[]): Promise<Buying[]> {
  const visitors = await letIn(people, concertId);
  const [first] = visitors;
  for (const performanceId of performanceIds) {
    if (!first || opened.seatIds.has(performanceId)) continue;
    const { seats } = await first.buyer.seatMap(performanceId, first.pass);
    opened.seatIds.set(
      performanceId,
      spread(
        seats.map(({ id }) => id),
        seatsNeeded(opened),
      ),
    );
  }
  return visitors.map(({ headers }, index) => {
    const performanceId = performanceIds[index % performanceIds.length] ?? '';
    return { headers, performanceId, seatId: opened.seatIds.get(performanceId)?.pop() ?? '' };
  });
}

function seatsNeeded({ concerts, performances }: Size): number {
  return (rounds * buyersPerRound) / (concerts * performances);
}

/** Takes `count` of the values, at equal distances. */
function spread<T>(values: readonly T[], count: number): T[] {
  const distance = Math.floor(values.length / count);
  return values.filter((_value, index) => index % distance === 0).slice(0, count);
}

/** One of each group in turn. */
function byTurns<T>(values: readonly T[], groupSize: number): T[] {
  const groups = values.length / groupSize;
  return values
    .map((_value, index) => values[(index % groups) * groupSize + Math.floor(index / groups)])
    .filter((value) => value !== undefined);
}

function report(rows: ReadonlyMap<string, readonly Row[]>, noop: readonly Row[]): void {
  const medians = new Map([...rows].map(([name, some]) => [name, medianRow(some)]));
  const [smallest] = medians.values();
  const compared = [...medians].map(([name, { perSecond, ratio }]) => {
    const times = (value: number, base = 1): string => `${(value / base).toFixed(2)} ×`;
    return `  ${name}: ${times(perSecond, smallest?.perSecond)} the sales/s, ${times(ratio, smallest?.ratio)} the ratio\n`;
  });
  process.stdout.write(
    `\nOne sale: hold one free seat and pay for it. ${connections} connections, closed loop, medians of ${rounds} rounds of ${buyersPerRound} sales in ` +
      `alternating order.\n\n${formatRows(new Map([...medians, ['Express, no-op', medianRow(noop)]]))}\n\nBeside the first row:\n${compared.join('')}`,
  );
}
