import { randomUUID } from 'node:crypto';
import { prepareSale } from '../local/demo/prepare-sale.ts';
import type { BusyShop } from './busy-shop.ts';
import { inTurn, type LoadRequest, requestsWith, type Task } from './closed-loop.ts';
import { chooseSeats, holdRequest } from './one-sale.ts';
import { searchesAlone } from './search-alone.ts';
import { beginnings, differentSearches, popularWords } from './search-words.ts';

/** A load of the shop. */
export interface ShopLoad {
  /** It causes events, which are waited for. */
  causesEvents?: boolean;
  /** The one process that answers it, where that is not the whole stack. */
  process?: string;
  /** Makes it ready for a round. */
  prepare: () => Iterator<Task> | Promise<Iterator<Task>>;
}

type ShopLoads = Record<string, ShopLoad>;

/** The most people who join a room, and who hold a seat, in a round. */
export const mostJoins = 8_000;
const mostHolds = 2_400;
const wallets = 1_000;
const chargedPoints = 1_000;

/** Every load by the name of its row, in the order in which they are measured. */
export function shopLoads(shop: BusyShop): ShopLoads {
  return {
    ...holdLoads(shop),
    ...pointLoads(shop),
    ...roomLoads(shop),
    ...catalogueLoads(shop),
    ...searchLoads(shop),
    ...seatMapLoads(shop),
  };
}

function holdLoads({ stack, api, crowd, contested }: BusyShop): ShopLoads {
  return {
    'hold accepted': {
      causesEvents: true,
      prepare: async () => {
        const sale = await prepareSale(api, stack, { seats: mostHolds, capacity: mostHolds });
        const buyings = await chooseSeats(crowd.slice(0, mostHolds), sale);
        return requestsWith(201, buyings.map(holdRequest));
      },
    },
    'hold refused, 64 people, 10 seats': { prepare: () => requestsWith(409, contestedHolds(contested)) },
  };
}

function* contestedHolds({ performanceId, visitors, seatIds }: BusyShop['contested']): Generator<LoadRequest> {
  const seats = inTurn(seatIds);
  for (const { headers } of inTurn(visitors)) yield holdRequest({ headers, performanceId, seatId: seats.next().value });
}

function pointLoads({ crowd }: BusyShop): ShopLoads {
  const people = crowd.slice(0, wallets);
  const balances = people.map(({ headers }) => get('/api/v1/points', headers));
  return {
    charge: {
      causesEvents: true,
      prepare: () => requestsWith(201, charges(people)),
    },
    balance: { prepare: () => requestsWith(200, inTurn(balances)) },
  };
}

function* charges(people: BusyShop['crowd']): Generator<LoadRequest> {
  for (const { headers } of inTurn(people))
    yield post('/api/v1/points/charges', { ...headers, 'idempotency-key': randomUUID() }, { amount: chargedPoints });
}

/** A person polls the room that was joined in the same round. */
function roomLoads({ stack, api, crowd }: BusyShop): ShopLoads {
  let looks: LoadRequest[] = [];
  const joins = function* (concertId: string): Generator<LoadRequest> {
    for (const { headers } of crowd) {
      yield post('/api/v1/queue/tokens', headers, { concertId });
      looks.push(get(`/api/v1/queue/tokens/${concertId}`, headers));
    }
  };
  return {
    'join, new place': {
      prepare: async () => {
        looks = [];
        const { concertId } = await prepareSale(api, stack, { seats: 1, capacity: 1 });
        return requestsWith(201, joins(concertId));
      },
    },
    poll: { prepare: () => requestsWith(200, inTurn(looks)) },
  };
}

function catalogueLoads({ concertId }: BusyShop): ShopLoads {
  return reads({
    concert: [get(`/api/v1/concerts/${concertId}`)],
    performances: [get(`/api/v1/concerts/${concertId}/performances`)],
    list: [get('/api/v1/concerts')],
  });
}

function searchLoads({ elasticsearch }: BusyShop): ShopLoads {
  const search = (words: string): LoadRequest => get(`/api/v1/concerts?q=${encodeURIComponent(words)}`);
  const searches = differentSearches();
  const different = function* (): Generator<LoadRequest> {
    for (const words of searches) yield search(words);
  };
  return {
    ...reads({
      'search, 10 popular words': popularWords.map(search),
      suggestions: beginnings.map((typed) => get(`/api/v1/concerts/suggestions?q=${encodeURIComponent(typed)}`)),
    }),
    'search, all different': { prepare: () => requestsWith(200, different()) },
    'search, all different, of Elasticsearch alone': {
      process: 'elasticsearch',
      prepare: () => searchesAlone(elasticsearch, differentSearches()),
    },
  };
}

function seatMapLoads({ mapped: { performanceId, visitors, etag } }: BusyShop): ShopLoads {
  const look = (headers: Record<string, string>): LoadRequest[] =>
    visitors.map((visitor) => get(`/api/v1/performances/${performanceId}/seats`, { ...visitor.headers, ...headers }));
  return {
    'seat map, unchanged (304)': { prepare: () => requestsWith(304, inTurn(look({ 'if-none-match': etag }))) },
    ...reads({
      'seat map, whole, 1,200 seats': look({ 'accept-encoding': 'identity' }),
      'seat map, whole, brotli': look({ 'accept-encoding': 'br' }),
    }),
  };
}

function reads(requests: Readonly<Record<string, LoadRequest[]>>): ShopLoads {
  return Object.fromEntries(Object.entries(requests).map(([name, some]) => [name, { prepare: () => requestsWith(200, inTurn(some)) }]));
}

function get(path: string, headers?: LoadRequest['headers']): LoadRequest {
  return { method: 'GET', path, ...(headers && { headers }) };
}

function post(path: string, headers: LoadRequest['headers'], body: object): LoadRequest {
  return { method: 'POST', path, headers: headers ?? {}, body: JSON.stringify(body) };
}
