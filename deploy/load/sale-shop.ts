import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { ApiClient } from '../local/client/api-client.ts';
import { logIn } from '../local/client/buyer.ts';
import { seedAccounts } from '../local/seed.ts';
import type { StackDescription } from '../local/stack-description.ts';
import { StepFailure } from '../local/step-failure.ts';
import { type LoopBounds, type Task } from './closed-loop.ts';
import { cpuByProcess } from './cpu-time.ts';
import { type Measured, measureLoad } from './measure-load.ts';
import { buySeat, type PreparedSales } from './one-sale.ts';
import { openSettledBooks, type SettledBooks } from './settled-books.ts';
import { openYardstick, type Yardstick } from './yardstick.ts';

const settleLooks = 240;
const settlePauseMs = 250;

/** A shop in which sales are measured. */
export interface SaleShop {
  stack: StackDescription;
  signal: AbortSignal;
  api: ApiClient;
  organiser: string;
  yardstick: Yardstick;
  books: SettledBooks;
}

interface SaleShopOptions {
  stack: StackDescription;
  /** Of the yardstick. */
  connections: number;
  signal: AbortSignal;
}

/** Opens a shop with accounts and nothing on sale, and closes it again. */
export async function inSaleShop(options: SaleShopOptions, work: (shop: SaleShop) => Promise<void>): Promise<void> {
  const { stack, signal } = options;
  await seedAccounts(stack);
  const api = new ApiClient(stack.gatewayUrl);
  const yardstick = await openYardstick(options);
  const books = await openSettledBooks(stack, signal);
  try {
    const { token: organiser } = await logIn(api, 'organiser@example.com');
    await work({ stack, signal, api, organiser, yardstick, books });
  } finally {
    await books.close();
    yardstick.stop();
    await api.close();
  }
}

/** Sells what was prepared. A sale is over when its events have arrived and the waiting room has taken its pass back. */
export function measureSales(
  shop: SaleShop,
  { concertIds, buyings }: PreparedSales,
  bounds: Pick<LoopBounds, 'connections' | 'seconds'>,
): Promise<Measured> {
  const { stack, books, signal } = shop;
  let sold = 0;
  const tasks = buyings.map<Task>((buying) => async (send) => {
    const unexpected = await buySeat(buying)(send);
    if (unexpected === undefined) sold += 1;
    return unexpected;
  });
  const settle = async (): Promise<void> => {
    await waitForPasses(shop, concertIds, buyings.length - sold);
    await books.settle();
  };
  const loop = { ...bounds, url: stack.gatewayUrl, most: Infinity, signal };
  return measureLoad(tasks.values(), loop, { cpu: () => cpuByProcess(stack.profile), settle });
}

async function waitForPasses({ api, organiser: token, signal }: SaleShop, concertIds: readonly string[], most: number): Promise<void> {
  const activeIn = async (concertId: string): Promise<number> =>
    (await api.call(z.object({ active: z.number() }), 'GET', `/admin/rooms/${concertId}`, { token })).active;
  for (let look = 0; look < settleLooks; look += 1) {
    const active = await Promise.all(concertIds.map(activeIn));
    if (active.reduce((sum, count) => sum + count, 0) <= most) return;
    await delay(settlePauseMs, undefined, { signal });
  }
  throw new StepFailure('the waiting room has not heard of every sale', { fix: 'look into the log of queue-1' });
}
