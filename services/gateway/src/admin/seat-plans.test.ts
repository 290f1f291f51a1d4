import { request as httpRequest } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { pollUntil } from '@ticketing/common/poll-until';
import type { AuthorizeRequest, SchedulePerformanceRequest } from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import type { BlockSeatsRequest, ReleaseBlockRequest } from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import { seatPlan } from '@ticketing/contracts/seat-plan';
import { arenaPlan } from '@ticketing/contracts/testing/arena-plan';
import { ids, type RunningGateway, startGateway } from '../testing/start-gateway.ts';

const block = '0198c0de-0000-7000-8000-0000000000b0';
let gateway: RunningGateway;
let asked: SchedulePerformanceRequest[];
let blocked: BlockSeatsRequest[];
let released: ReleaseBlockRequest[];
let authorized: AuthorizeRequest[];

beforeAll(async () => {
  gateway = await startGateway({
    concert: {
      schedulePerformance: (request) => {
        asked.push(request);
        return { result: { case: 'performance', value: { id: ids.performance, totalSeats: 3 } } };
      },
      describePerformances: ({ performanceIds }) => ({
        items: performanceIds.filter((id) => id === ids.performance).map((performanceId) => ({ performanceId, concertId: ids.concert })),
      }),
      authorize: (request) => {
        authorized.push(request);
        const isOwner = request.actor?.userId === ids.fan || request.actor?.operator === true;
        return isOwner ? {} : { refusal: { code: 'concert-not-found', detail: 'There is no such concert.' } };
      },
    },
    reservation: {
      blockSeats: (request) => {
        blocked.push(request);
        if (request.positions.includes(7)) {
          const refusal = { code: 'seat-taken', detail: 'The seats are taken.', seatIds: [ids.seat], positions: [7] };
          return { result: { case: 'refusal', value: refusal } };
        }
        const { positions, reason } = request;
        return { result: { case: 'block', value: { id: block, positions, reason, createdAt: { seconds: 1_800_000_000n, nanos: 0 } } } };
      },
      releaseBlock: (request) => {
        released.push(request);
        return request.blockId === block ? {} : { refusal: { code: 'block-not-found', detail: 'None.' } };
      },
      listBlocks: () => ({
        result: { case: 'blocks', value: { items: [], seats: { total: 10, available: 5, held: 1, sold: 2, blocked: 2 } } },
      }),
    },
  });
});
afterAll(() => gateway.stop());
beforeEach(() => {
  [asked, blocked, released, authorized] = [[], [], [], []];
});

interface Sent {
  user?: string;
  roles?: string[];
  headers?: Record<string, string>;
}

async function send(method: string, path: string, body?: unknown, { user = ids.fan, roles = ['organiser'], headers = {} }: Sent = {}) {
  const text = body instanceof Uint8Array ? body : JSON.stringify(body);
  const response = await fetch(`${gateway.url}/api/v1/admin/${path}`, {
    method,
    ...(body !== undefined && { body: text }),
    headers: { authorization: `Bearer ${await gateway.accessToken(user, roles)}`, 'content-type': 'application/json', ...headers },
  });
  const answer = await response.text();
  return {
    status: response.status,
    body: (answer ? JSON.parse(answer) : {}) as Record<string, unknown> & { errors?: { path: string; message: string }[] },
  };
}

const schedule = (layout: object, sent?: Sent) =>
  send('POST', `concerts/${ids.concert}/performances`, { startsAt: '2031-05-01T10:00:00Z', ...layout }, sent);

const row = { label: '1', x: 0, y: 0, dx: 10, dy: 0, first: 1, count: 3, category: 'R' };
const plan = { categories: [{ name: ' R ', price: 50_000 }], sections: [{ name: 'Café'.normalize('NFD'), rows: [row] }] };
const pretix = {
  plan: {
    name: 'Hall',
    size: { width: 10, height: 10 },
    categories: [{ name: 'Stalls', color: '#ff0000' }],
    zones: [
      {
        ...{ name: 'Main Area', position: { x: 0, y: 0 } },
        rows: [
          {
            row_number: '1',
            seats: [1, 2].map((n) => ({ seat_guid: `1-${n}`, seat_number: String(n), position: { x: 30 * n, y: 0 }, category: 'Stalls' })),
          },
        ],
      },
    ],
  },
  prices: { Stalls: 70_000 },
};

describe('a performance', () => {
  it('is scheduled with a plan, in its composed form', async () => {
    expect(await schedule({ plan })).toMatchObject({ status: 201, body: { id: ids.performance, totalSeats: 3 } });
    expect(asked).toMatchObject([{ sections: [], concertId: ids.concert }]);
    const wanted = { categories: [{ name: 'R', price: 50_000 }], sections: [{ name: 'Café', rows: [row] }] };
    expect(seatPlan.parse(JSON.parse(asked[0]!.planJson))).toEqual(wanted);
  });

  it('is scheduled with a plan of pretix and prices', async () => {
    expect((await schedule({ pretix })).status).toBe(201);
    expect(seatPlan.parse(JSON.parse(asked[0]!.planJson))).toMatchObject({
      categories: [{ name: 'Stalls', price: 70_000 }],
      sections: [{ name: 'Main Area', rows: [{ label: '1', first: 1, count: 2, x: 30, dx: 30 }] }],
    });
  });

  it('is scheduled with sections, as ever', async () => {
    const sections = [{ name: 'Floor', rows: 1, seatsPerRow: 3, price: 1_000 }];
    expect((await schedule({ sections })).status).toBe(201);
    expect(asked).toMatchObject([{ planJson: '', sections: [{ name: 'Floor', rows: 1, seatsPerRow: 3, price: 1_000n }] }]);
  });

  it.each<[string, object, string]>([
    ['neither', {}, 'sections'],
    ['two of them', { plan, pretix }, 'sections'],
    ['a plan with an unknown field', { plan: { ...plan, venue: 'x' } }, 'plan.venue'],
    ['a row of no seats', { plan: { ...plan, sections: [{ name: 'A', rows: [{ ...row, count: 0 }] }] } }, 'plan.sections.0.rows.0.count'],
    [
      'a pretix seat without a place',
      { pretix: { ...pretix, plan: changedSeat({ position: undefined }) } },
      'pretix.plan.zones.0.rows.0.seats.1.position',
    ],
    ['a price below zero', { pretix: { ...pretix, prices: { Stalls: -1 } } }, 'pretix.prices.Stalls'],
  ])('is refused with %s', async (_what, layout, path) => {
    const answer = await schedule(layout);
    expect([answer.status, answer.body.code, answer.body.errors?.[0]?.path]).toEqual([422, 'invalid-request', path]);
    expect(asked).toEqual([]);
  });

  it.each<[string, object, string]>([
    ['a seat twice', { plan: { ...plan, sections: [{ name: 'A', rows: [row, row] }] } }, 'plan.sections.0.rows.1'],
    [
      'a pretix seat twice',
      { pretix: { ...pretix, plan: changedSeat({ seat_number: '1' }) } },
      'pretix.plan.zones.0.rows.0.seats.1.seat_number',
    ],
    ['no price', { pretix: { ...pretix, prices: {} } }, 'pretix.prices.Stalls'],
  ])('is no layout with %s', async (_what, layout, path) => {
    const answer = await schedule(layout);
    expect([answer.status, answer.body.code, answer.body.errors?.[0]?.path]).toEqual([422, 'invalid-layout', path]);
    expect(asked).toEqual([]);
  });
});

function changedSeat(more: object): unknown {
  const [zone] = pretix.plan.zones;
  const [first] = zone!.rows;
  const [one, two] = first!.seats;
  return { ...pretix.plan, zones: [{ ...zone, rows: [{ ...first, seats: [one, { ...two, ...more }] }] }] };
}

describe('the body', () => {
  it('may be larger than that of others, plain and compressed', async () => {
    const arena = JSON.stringify({ startsAt: '2031-05-01T10:00:00Z', plan: arenaPlan() });
    expect(arena.length).toBeGreaterThan(65_536);
    const path = `concerts/${ids.concert}/performances`;
    expect((await send('POST', path, Buffer.from(arena))).status).toBe(201);
    expect((await send('POST', path, gzipSync(arena), { headers: { 'content-encoding': 'gzip' } })).status).toBe(201);
    expect(asked[0]!.planJson.length).toBeLessThan(512 * 1_024);
  });

  it.each([
    ['17 MiB', Buffer.alloc(17 * 2 ** 20, ' '), {}],
    ['a small gzip of 17 MiB', gzipSync(Buffer.alloc(17 * 2 ** 20, ' ')), { 'content-encoding': 'gzip' }],
  ])('is too large with %s', async (_what, bytes, headers) => {
    const answer = await send('POST', `concerts/${ids.concert}/performances`, bytes, { headers });
    expect([answer.status, answer.body.code]).toEqual([413, 'body-too-large']);
  });

  it('is read one at a time where it is large, and small ones beside it', async () => {
    const path = `/api/v1/admin/concerts/${ids.concert}/performances`;
    const authorization = `Bearer ${await gateway.accessToken(ids.fan, ['organiser'])}`;
    const headers = { authorization, 'content-type': 'application/json', 'content-length': '1000000' };
    const upload = httpRequest(gateway.url + path, { method: 'POST', headers });
    upload.on('error', () => undefined);
    upload.write(Buffer.alloc(1_000, ' '));
    const arena = Buffer.from(JSON.stringify({ startsAt: '2031-05-01T10:00:00Z', plan: arenaPlan() }));
    const statusOf = async (wanted: number) => {
      const { status } = await send('POST', `concerts/${ids.concert}/performances`, arena);
      return status === wanted ? status : undefined;
    };
    expect(await pollUntil(() => statusOf(429), 10_000)).toBe(429);
    expect((await schedule({ plan })).status).toBe(201);
    upload.destroy();
    expect(await pollUntil(() => statusOf(201), 10_000)).toBe(201);
  }, 30_000);

  it('is read only for who may publish', async () => {
    const answer = await send('POST', `concerts/${ids.concert}/performances`, Buffer.alloc(2 ** 20, ' '), { roles: ['fan'] });
    expect([answer.status, answer.body.code]).toEqual([403, 'forbidden']);
  });
});

describe('blocks', () => {
  const path = `performances/${ids.performance}/blocks`;

  it('are made by the owner of the concert', async () => {
    const answer = await send('POST', path, { positions: [3, 1], reason: 'Press' }, { headers: { 'idempotency-key': 'guests' } });
    expect(answer).toMatchObject({
      status: 201,
      body: { id: block, positions: [3, 1], reason: 'Press', createdAt: '2027-01-15T08:00:00.000Z' },
    });
    expect(blocked).toMatchObject([{ actor: { userId: ids.fan }, performanceId: ids.performance, idempotencyKey: 'guests' }]);
    expect(authorized).toMatchObject([{ concertId: ids.concert, actor: { userId: ids.fan, operator: false } }]);
  });

  it('name the seats that are taken by position', async () => {
    const answer = await send('POST', path, { positions: [7], reason: 'Press' });
    expect(answer).toMatchObject({ status: 409, body: { code: 'seat-taken', seatIds: [ids.seat], positions: [7] } });
  });

  it('are listed with what is left, and released', async () => {
    expect(await send('GET', path)).toMatchObject({ status: 200, body: { items: [], seats: { total: 10, blocked: 2 } } });
    expect((await send('DELETE', `${path}/${block}`)).status).toBe(204);
    expect(released).toMatchObject([{ performanceId: ids.performance, blockId: block }]);
    expect(await send('DELETE', `${path}/${ids.seat}`)).toMatchObject({ status: 404, body: { code: 'block-not-found' } });
  });

  it('of another organiser, and of no performance, are not there', async () => {
    const body = { positions: [1], reason: 'Mine' };
    const other = { user: ids.stranger };
    for (const [method, at, sent] of [
      ['POST', path, body],
      ['GET', path, undefined],
      ['DELETE', `${path}/${block}`, undefined],
    ] as const) {
      expect(await send(method, at, sent, other)).toMatchObject({ status: 404, body: { code: 'performance-not-found' } });
      expect(await send(method, at.replace(ids.performance, ids.seat), sent)).toMatchObject({
        status: 404,
        body: { code: 'performance-not-found' },
      });
      expect(await send(method, at, sent, { roles: ['fan'] })).toMatchObject({ status: 403, body: { code: 'forbidden' } });
      const anonymous = await fetch(`${gateway.url}/api/v1/admin/${at}`, { method });
      expect(anonymous.status).toBe(401);
    }
    expect([blocked, released]).toEqual([[], []]);
    expect((await send('POST', path, body, { user: ids.stranger, roles: ['operator'] })).status).toBe(201);
  });

  it.each<[string, object, string]>([
    ['no seat', { positions: [], reason: 'x' }, 'positions'],
    ['a seat twice', { positions: [1, 1], reason: 'x' }, 'positions'],
    ['a seat below zero', { positions: [-1], reason: 'x' }, 'positions.0'],
    ['no reason', { positions: [1], reason: ' ' }, 'reason'],
    ['too many', { positions: Array.from({ length: 501 }, (_, n) => n), reason: 'x' }, 'positions'],
    ['an unknown field', { positions: [1], reason: 'x', until: 'noon' }, 'until'],
  ])('are refused with %s', async (_what, body, at) => {
    const answer = await send('POST', path, body);
    expect([answer.status, answer.body.code, answer.body.errors?.[0]?.path]).toEqual([422, 'invalid-request', at]);
    expect(blocked).toEqual([]);
  });
});
