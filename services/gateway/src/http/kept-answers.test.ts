import { create } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { Code, ConnectError } from '@connectrpc/connect';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { pollUntil } from '@ticketing/common/poll-until';
import { ConcertSchema } from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import { ids, type RunningGateway, startGateway } from '../testing/start-gateway.ts';

const kilobytes = 'x'.repeat(400_000);
const refusal = { case: 'refusal', value: { code: 'concert-not-found', detail: 'There is no such concert.' } } as const;

let gateway: RunningGateway;
let title: string;
let outcome: 'found' | 'unknown' | 'out';
let views: number[];
let asked: string[];
/** Calls wait for it. */
let gate: Promise<void>;
/** The time does not go on by itself. */
let now = 1_000_000;

function concert(id: string, description = '') {
  const venue = { id: ids.room, name: 'Hall', city: 'Seoul', timeZone: 'Asia/Seoul' };
  const saleOpensAt = timestampFromDate(new Date('2027-01-01T00:00:00Z'));
  return create(ConcertSchema, { id, title, artist: 'IU', description, venue, startsOn: '', endsOn: '', saleOpensAt, status: 'ON_SALE' });
}

async function called(what: string): Promise<void> {
  asked.push(what);
  await gate;
  if (outcome === 'out') throw new ConnectError('out', Code.Unavailable);
}

beforeAll(async () => {
  gateway = await startGateway(
    {
      concert: {
        getConcert: async ({ concertId, views: looks }) => {
          views.push(looks);
          await called(`concert ${concertId}`);
          return { result: outcome === 'unknown' ? refusal : { case: 'concert', value: concert(concertId) } };
        },
        listPerformances: async ({ availableOnly }) => {
          await called(`performances ${availableOnly}`);
          return { result: { case: 'performances', value: { items: [] } } };
        },
        searchConcerts: async ({ q, city, limit }) => {
          await called(`search ${q} ${city} ${limit}`);
          const description = q.startsWith('large') ? kilobytes.repeat(q === 'large' ? 1 : 3) : '';
          return { result: { case: 'page', value: { items: [concert(ids.concert, description)], nextCursor: '', degraded: false } } };
        },
        suggestConcerts: async ({ q }) => {
          await called(`suggest ${q}`);
          return { items: [{ text: title, kind: 'artist' }], degraded: false };
        },
        updateConcert: () => ({ result: { case: 'concert', value: concert(ids.concert) } }),
        createConcert: () => ({ result: { case: 'concert', value: concert(ids.concert) } }),
        schedulePerformance: () => ({ result: { case: 'performance', value: { id: ids.performance, totalSeats: 1 } } }),
        updateVenue: () => ({ result: { case: 'venue', value: { id: ids.room, name: 'Hall', city: 'Seoul', timeZone: 'Asia/Seoul' } } }),
        putSynonyms: () => ({ groups: [] }),
      },
    },
    { environment: { KEPT_ANSWERS_MIB: '1', RATE_SEARCHES: '5', RATE_SUGGESTIONS: '5' } },
  );
  jest.spyOn(performance, 'now').mockImplementation(() => now);
});
beforeEach(() => {
  title = 'Before';
  outcome = 'found';
  views = [];
  asked = [];
  gate = Promise.resolve();
});
afterEach(() => {
  // Nothing that a test has asked for is kept for the next one, nor counted by a limit.
  now += 10_000;
});
afterAll(async () => {
  jest.restoreAllMocks();
  await gateway.stop();
});

async function get(path: string, headers: Record<string, string> = {}) {
  const response = await fetch(`${gateway.url}/api/v1${path}`, { headers });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text };
}

async function change(method: string, path: string, body: object): Promise<void> {
  const authorization = `Bearer ${await gateway.accessToken(ids.fan, ['operator'])}`;
  const headers = { authorization, 'content-type': 'application/json' };
  const response = await fetch(`${gateway.url}/api/v1/admin${path}`, { method, headers, body: JSON.stringify(body) });
  expect([200, 201]).toContain(response.status);
}

const path = `/concerts/${ids.concert}`;
const titleOf = async (): Promise<unknown> => (JSON.parse((await get(path)).text) as { title: string }).title;
async function twice(act: () => Promise<unknown>): Promise<void> {
  await act();
  await act();
}

/** Until what runs beside the requests has gone as far as it can. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('a kept answer', () => {
  it.each([path, `${path}/performances`, '/concerts', '/concerts?q=iu', '/concerts/suggestions?q=iu'])(
    'of %s is made once',
    async (route) => {
      const [first, again] = [await get(route), await get(route)];
      expect(asked).toHaveLength(1);
      expect([first.status, again.status]).toEqual([200, 200]);
      expect(again.text).toBe(first.text);
      for (const { headers } of [first, again]) {
        expect(headers.get('cache-control')).toBe('public, max-age=1');
        expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
        expect(headers.get('content-length')).toBe(String(Buffer.byteLength(first.text)));
        expect(headers.get('etag')).toMatch(/^"[\w-]{27}"$/);
        expect(headers.get('x-content-type-options')).toBe('nosniff');
      }
      expect([...again.headers.keys()]).toEqual([...first.headers.keys()]);
    },
  );

  it('has every character in it, however it is written', async () => {
    title = '봄밤의 콘서트 — été 🎵';
    await twice(async () => expect(await titleOf()).toBe(title));
  });

  it('is made once for all who ask at the same time', async () => {
    let open = (): void => undefined;
    gate = new Promise((resolve) => {
      open = resolve;
    });
    const answers = Array.from({ length: 10 }, () => get(path));
    while (asked.length === 0) await settled();
    open();
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200));
    expect(asked).toHaveLength(1);
  });

  it('is told to be unchanged to who has it, until there is another', async () => {
    const { headers, text } = await get(path);
    const etag = headers.get('etag') ?? '';
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const unchanged = await get(path, { 'if-none-match': known });
      expect([unchanged.status, unchanged.text, unchanged.headers.get('etag')]).toEqual([304, '', etag]);
      expect(unchanged.headers.get('cache-control')).toBe('public, max-age=1');
    }
    expect((await get(path, { 'if-none-match': '"other"' })).text).toBe(text);
    title = 'After';
    now += 2_000;
    const changed = await get(path, { 'if-none-match': etag });
    expect([changed.status, changed.headers.get('etag') === etag]).toEqual([200, false]);
  });

  it('is given for a second, from half of it on while it is made anew', async () => {
    expect(await titleOf()).toBe('Before');
    title = 'After';
    now += 400;
    expect(await titleOf()).toBe('Before');
    expect(asked).toHaveLength(1);
    now += 200;
    expect(await titleOf()).toBe('Before');
    await pollUntil(async () => ((await titleOf()) === 'After' ? true : undefined), 5_000);
    expect(asked).toHaveLength(2);
    title = 'Later';
    now += 1_001;
    expect(await titleOf()).toBe('Later');
    expect(asked).toHaveLength(3);
  });

  it('outlasts a failure for the rest of its second, and no longer', async () => {
    expect((await get(path)).status).toBe(200);
    outcome = 'out';
    now += 600;
    expect((await get(path)).status).toBe(200);
    now += 500;
    const failed = await get(path);
    expect([failed.status, failed.headers.get('x-content-type-options')]).toEqual([503, 'nosniff']);
    outcome = 'found';
    expect((await get(path)).status).toBe(200);
  });

  it('is never a problem', async () => {
    outcome = 'unknown';
    await twice(async () => {
      const missing = await get(path);
      expect([missing.status, missing.headers.get('cache-control'), missing.headers.get('etag')]).toEqual([404, 'no-store', null]);
    });
    expect(asked).toHaveLength(2);
    outcome = 'found';
    expect((await get(path)).status).toBe(200);
  });
});

describe('a question', () => {
  it('is the same however it is written', async () => {
    for (const query of ['q=iu&city=Seoul', 'city=Seoul&q=iu', 'q=%20iu%20&city=Seoul&limit=20', 'city=Seoul&limit=020&q=iu']) {
      expect((await get(`/concerts?${query}`)).status).toBe(200);
    }
    expect(asked).toEqual(['search iu Seoul 20']);
    for (const id of [ids.concert, ids.concert.toUpperCase()]) expect((await get(`/concerts/${id}`)).status).toBe(200);
    expect(asked).toEqual(['search iu Seoul 20', `concert ${ids.concert}`]);
  });

  it('is another with other words, and none of ours with unknown ones', async () => {
    for (const query of ['', '?limit=5', '?city=Busan', '?city=Seoul']) await get(`/concerts${query}`);
    expect(asked).toHaveLength(4);
    await get(`${path}/performances`);
    await get(`${path}/performances?available=true`);
    expect(asked.slice(4)).toEqual(['performances false', 'performances true']);
    for (const query of ['?x=1', '?limit=0', '?city=Seoul&city=Busan']) {
      await twice(async () => expect((await get(`/concerts${query}`)).status).toBe(422));
    }
    expect((await get(`${path}?x=1`)).status).toBe(422);
    expect(asked).toHaveLength(6);
  });

  it('counts against the limits of an address also when its answer is kept', async () => {
    for (const route of ['/concerts?q=iu', '/concerts/suggestions?q=iu']) {
      const statuses: number[] = [];
      for (let count = 0; count < 6; count += 1) statuses.push((await get(route)).status);
      expect(statuses).toEqual([200, 200, 200, 200, 200, 429]);
      const refused = await get(route);
      expect([refused.headers.get('cache-control'), refused.headers.get('x-content-type-options')]).toEqual(['no-store', 'nosniff']);
    }
    expect(asked).toHaveLength(2);
    expect((await get('/concerts')).status).toBe(200);
  });
});

describe('the memory for answers', () => {
  it('is bounded: what was asked last stays', async () => {
    for (const city of ['a', 'b', 'a', 'c', 'a', 'b']) await get(`/concerts?q=large&city=${city}`, { 'x-forwarded-for': city });
    expect(asked).toEqual(['a', 'b', 'c', 'b'].map((city) => `search large ${city} 20`));
  });

  it('keeps nothing that is larger than all of it, and answers all the same', async () => {
    await twice(async () => expect((await get('/concerts?q=larger')).status).toBe(200));
    expect(asked).toHaveLength(2);
  });
});

describe('a change through this gateway', () => {
  const scheduled = { startsAt: '2027-03-01T11:00:00Z', sections: [{ name: 'R', rows: 1, seatsPerRow: 1, price: 1 }] };
  const created = {
    ...{ title: 'New', artist: 'IU', description: '', saleOpensAt: '2027-01-01T00:00:00Z' },
    venue: { name: 'Hall', city: 'Seoul', timeZone: 'Asia/Seoul' },
  };
  const everything = [path, `${path}/performances`, '/concerts', '/concerts/suggestions?q=iu'];
  const lists = everything.slice(2);

  it.each([
    ['PATCH', `/concerts/${ids.concert}`, { title: 'After' }, everything],
    ['POST', `/concerts/${ids.concert}/performances`, scheduled, everything],
    ['POST', '/concerts', created, lists],
    ['PATCH', `/venues/${ids.room}`, { name: 'Hall' }, everything],
    ['PUT', '/synonyms', { groups: [] }, lists],
  ] as const)('by %s %s is seen at once', async (method, changedPath, body, seen) => {
    for (const route of seen) await get(route);
    await change(method, changedPath, body);
    asked = [];
    title = 'After';
    for (const route of seen) await twice(() => get(route));
    expect(asked).toHaveLength(seen.length);
  });

  it('leaves other concerts alone', async () => {
    const other = `/concerts/${ids.stranger}`;
    await get(other);
    await change('PATCH', `/concerts/${ids.concert}`, { title: 'After' });
    await get(other);
    expect(asked).toHaveLength(1);
  });

  it('is seen although an answer was being made meanwhile', async () => {
    let open = (): void => undefined;
    gate = new Promise((resolve) => {
      open = resolve;
    });
    const early = get(path);
    while (asked.length === 0) await settled();
    await change('PATCH', `/concerts/${ids.concert}`, { title: 'After' });
    open();
    await early;
    title = 'After';
    expect(await titleOf()).toBe('After');
  });
});

describe('looks at a concert', () => {
  it('are all told to the concert service, with the next call', async () => {
    for (let count = 0; count < 5; count += 1) await get(path);
    expect(views).toEqual([1]);
    now += 2_000;
    await get(path);
    expect(views).toEqual([1, 5]);
  });

  it('are told again when the call has failed', async () => {
    outcome = 'out';
    await twice(() => get(path));
    outcome = 'found';
    await get(path);
    expect(views).toEqual([1, 2, 3]);
  });
});
