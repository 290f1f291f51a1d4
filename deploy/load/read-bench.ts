import { ApiClient } from '../local/client/api-client.ts';
import { createBuyer } from '../local/client/buyer.ts';
import { prepareSale } from '../local/demo/prepare-sale.ts';
import { seed } from '../local/seed.ts';
import type { StackDescription } from '../local/stack-description.ts';
import type { Bench } from './bench-definition.ts';
import { cpuSeconds, cpuSecondsByPart } from './cpu-time.ts';
import { formatLoads, type Load, type LoadRequest, measureRoute } from './measure-route.ts';
import { startNoopRoute } from './noop-route.ts';
import { senders, sentFrom } from './sender.ts';

const connections = 32;
const requests = 5_000;
// A process is slow until it has seen a route often.
const warmUp = 1_000;
const seats = 2_000;
// One person may ask fifty times a second.
const readers = 40;

/** What people look at before they buy, through the gateway, beside a route that does nothing. */
export const readBench: Bench = {
  summary: 'concert, list, search, suggestions and seat map, beside an Express route that does nothing',
  instances: {},
  run: measureReads,
};

const words = ['아이유', 'bts', 'jazz', '서울', '클래식', 'coldplay', '투어', '리사이틀', 'tokyo', 'ㅇㅇㅇ'];
const beginnings = ['아', '아이', '방탄', 'col', 'jaz', '서', 'ㅇㅇ', 'tok'];

async function measureReads(stack: StackDescription): Promise<void> {
  const api = new ApiClient(stack.gatewayUrl);
  const noop = await startNoopRoute();
  try {
    const { onSale } = await seed(stack);
    const sale = await prepareSale(api, stack, { seats, capacity: readers * 2 });
    const map = `/api/v1/performances/${sale.performanceId}/seats`;
    const holders = await letIn(api, sale.concertId);
    const first = await fetch(`${stack.gatewayUrl}${map}`, { headers: { ...holders[0], 'accept-encoding': 'identity' } });
    const etag = first.headers.get('etag') ?? '';
    const search = (q = ''): string => `/api/v1/concerts?q=${encodeURIComponent(q)}`;
    const loads: Record<string, LoadRequest[]> = {
      concert: [{ path: `/api/v1/concerts/${onSale.concertId}` }],
      performances: [{ path: `/api/v1/concerts/${onSale.concertId}/performances` }],
      list: [{ path: '/api/v1/concerts' }],
      'search, popular words': forEachSender((index) => search(words[index % words.length])),
      'search, never asked before': forEachSender((index) => search(`${words[index % words.length]} ${index}`), requests),
      suggestions: forEachSender(
        (index) => `/api/v1/concerts/suggestions?q=${encodeURIComponent(beginnings[index % beginnings.length] ?? '')}`,
      ),
      'seat map, unchanged': holders.map((holder) => ({ path: map, headers: { ...holder, 'if-none-match': etag } })),
      'seat map, brotli': holders.map((holder) => ({ path: map, headers: { ...holder, 'accept-encoding': 'br' } })),
    };
    const parts = ['gateway', 'concert', 'reservation', 'sidecars', 'elasticsearch', stack.database.process];
    const cpuOf = (): number[] => parts.map((part) => cpuSecondsByPart(stack.profile).get(part) ?? 0);
    const serving = (): number => cpuOf().reduce((sum, seconds) => sum + seconds, 0);
    const load = (some: LoadRequest[], amount: number): Load => ({ url: stack.gatewayUrl, requests: some, connections, amount });
    const noopLoad: Load = { url: noop.url, requests: [{ path: '/noop' }], connections, amount: requests };
    const base = await measureRoute(noopLoad, () => cpuSeconds(noop.pid));
    const results = { 'Express, no-op': base };
    const byPart: string[][] = [];
    for (const [name, some] of Object.entries(loads)) {
      await measureRoute(load(some, warmUp), serving);
      const before = cpuOf();
      Object.assign(results, { [name]: await measureRoute(load(some, requests), serving) });
      byPart.push([name, ...cpuOf().map((after, part) => (((after - (before[part] ?? 0)) / requests) * 1_000).toFixed(2))]);
    }
    process.stdout.write(
      `\n${connections} connections, ${requests} requests each, ${seats} seats. CPU of gateway, concert, reservation, all sidecars, Elasticsearch and the database.\n`,
    );
    process.stdout.write(`${formatLoads(results, base)}\n\n${formatParts([['CPU ms by part', ...parts], ...byPart])}\n`);
  } finally {
    noop.stop();
    await api.close();
  }
}

/** Requests of many clients: who searches or types is limited by address. */
function forEachSender(pathOf: (index: number) => string, length = senders): LoadRequest[] {
  return Array.from({ length }, (_, index) => ({ path: pathOf(index), headers: sentFrom(index) }));
}

function formatParts(rows: string[][]): string {
  return rows.map(([name = '', ...cells]) => name.padEnd(28) + cells.map((cell) => cell.padStart(14)).join('')).join('\n');
}

/** Signs people up and lets them in. @returns the headers by which they show it */
async function letIn(api: ApiClient, concertId: string): Promise<Record<string, string>[]> {
  const holders: Record<string, string>[] = [];
  for (let number = 0; number < readers; number += 1) {
    const buyer = await createBuyer(api, `reader-${number}@example.com`);
    const pass = await buyer.enter(concertId);
    if (pass === undefined) throw new Error('a reader was not let in');
    holders.push({ authorization: `Bearer ${buyer.token}`, 'x-queue-pass': pass });
  }
  return holders;
}
