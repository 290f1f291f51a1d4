import { type IncomingHttpHeaders, request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ReservationStatus } from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import { ids, type RunningGateway, startGateway } from '../testing/start-gateway.ts';

const etag = '"v1"';
const otherSeat = '0198c0de-0000-7000-8000-0000000000f0';
const soldSeat = '0198c0de-0000-7000-8000-0000000000f1';
const seat = (id: string, status: string) => ({ id, section: '가', row: 'A', number: 1, price: 1, status });
const positions: Record<string, number> = { [ids.seat]: 0, [otherSeat]: 1, [soldSeat]: 2 };
const seats = [seat(ids.seat, 'AVAILABLE'), seat(otherSeat, 'AVAILABLE'), seat(soldSeat, 'SOLD')];
const bytes = Buffer.from(JSON.stringify({ performanceId: ids.performance, version: 1, seats }));
const bytesOf: Record<string, Buffer> = { '': bytes, br: Buffer.from('brotli'), gzip: Buffer.from('gzip') };

let gateway: RunningGateway;
let goodForMs: number;
let knowsPositions: boolean;
let asked: string[];
/** The time does not go on by itself. */
let now = 1_000_000;

beforeAll(async () => {
  gateway = await startGateway({
    queue: { getLivePasses: () => ({ result: { case: undefined } }) },
    reservation: {
      getSeatMap: ({ passConcertId, encoding, asPositions }) => {
        asked.push(asPositions ? `${encoding} positions` : encoding);
        if (passConcertId !== ids.concert) {
          return { result: { case: 'refusal', value: { code: 'queue-pass-invalid', detail: 'The queue pass is for another concert.' } } };
        }
        if (asPositions) {
          const json = Buffer.from(JSON.stringify({ version: 1, statuses: 'AAS' }));
          return { result: { case: 'seatMap', value: { json, etag: '"p1"', goodForMs, asPositions: knowsPositions } } };
        }
        return { result: { case: 'seatMap', value: { json: bytesOf[encoding] ?? bytes, etag, encoding, goodForMs } } };
      },
      holdSeats: ({ seatIds, performanceId }) => {
        const [createdAt, expiresAt] = [new Date(), new Date(Date.now() + 300_000)].map((date) => timestampFromDate(date));
        const held = seatIds.map((id) => ({ id, section: '가', row: 'A', number: 1, price: 1n, position: positions[id] ?? 0 }));
        const status = ReservationStatus.HELD;
        const reservation = {
          id: ids.reservation,
          performanceId,
          status,
          seats: held,
          amount: 1n,
          createdAt: createdAt!,
          expiresAt: expiresAt!,
        };
        return { result: { case: 'reservation', value: reservation } };
      },
      cancelReservation: () => ({}),
    },
  });
  jest.spyOn(performance, 'now').mockImplementation(() => now);
});
beforeEach(() => {
  goodForMs = 400;
  knowsPositions = true;
  asked = [];
});
afterEach(() => {
  // Nothing that a test has asked for is kept for the next one.
  now += 10_000;
});
afterAll(async () => {
  jest.restoreAllMocks();
  await gateway.stop();
});

interface Visit {
  user?: string;
  concert?: string;
  performance?: string;
  headers?: Record<string, string>;
}

async function headersOf({ user = ids.fan, concert = ids.concert, headers = {} }: Visit): Promise<Record<string, string>> {
  const accessToken = await gateway.accessToken(user);
  return {
    authorization: `Bearer ${accessToken}`,
    'x-queue-pass': await gateway.queuePass(user, concert),
    'accept-encoding': 'identity',
    ...headers,
  };
}

async function look(visit: Visit = {}, query = '') {
  const url = `${gateway.url}/api/v1/performances/${visit.performance ?? ids.performance}/seats${query}`;
  const response = await fetch(url, { headers: await headersOf(visit) });
  return { response, status: response.status, body: Buffer.from(await response.arrayBuffer()) };
}

/** The answer as it comes; fetch would unpack it. */
function raw(path: string, headers: Record<string, string>): Promise<{ headers: IncomingHttpHeaders; body: Buffer }> {
  return new Promise((resolve, reject) => {
    const sent = request(gateway.url + path, { headers }, (response) => {
      buffer(response).then((body) => resolve({ headers: response.headers, body }), reject);
    });
    sent.on('error', reject).end();
  });
}

const knowing = (known: string): Visit => ({ headers: { 'if-none-match': known } });

async function statusesOf(visit: Visit = {}): Promise<Record<string, string>> {
  const { seats: shown } = JSON.parse((await look(visit)).body.toString()) as { seats: { id: string; status: string }[] };
  return Object.fromEntries(shown.map(({ id, status }) => [id, status]));
}

async function hold(seatIds: string[], visit: Visit = {}): Promise<void> {
  const headers = { ...(await headersOf(visit)), 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID() };
  const body = JSON.stringify({ performanceId: visit.performance ?? ids.performance, seatIds });
  expect((await fetch(`${gateway.url}/api/v1/reservations`, { method: 'POST', headers, body })).status).toBe(201);
}

async function letGo(): Promise<void> {
  const url = `${gateway.url}/api/v1/reservations/${ids.reservation}`;
  expect((await fetch(url, { method: 'DELETE', headers: await headersOf({}) })).status).toBe(204);
}

describe('GET /api/v1/performances/{id}/seats', () => {
  it('passes the bytes on as they are, and asks for them once', async () => {
    for (const user of [ids.fan, ids.stranger]) {
      const { response, status, body } = await look({ user, ...knowing('"older"') });
      expect(status).toBe(200);
      expect(body.equals(bytes)).toBe(true);
      expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
      expect(response.headers.get('etag')).toBe(etag);
      expect(response.headers.get('cache-control')).toBe('private, no-cache');
      expect(response.headers.get('vary')).toBe('accept-encoding');
    }
    expect(asked).toEqual(['']);
  });

  it.each([etag, `W/${etag}`, `"older", ${etag}`, '*'])('answers 304 to If-None-Match: %s', async (known) => {
    const { response, status, body } = await look(knowing(known));
    expect([status, body.length, response.headers.get('etag')]).toEqual([304, 0, etag]);
    expect([response.headers.get('vary'), response.headers.get('content-encoding')]).toEqual(['accept-encoding', null]);
  });

  it('keeps one for each encoding, whose tags are weak', async () => {
    const url = `/api/v1/performances/${ids.performance}/seats`;
    for (const [accepted, encoding] of [
      ['gzip, br', 'br'],
      ['gzip', 'gzip'],
      ['gzip;q=1.0', 'gzip'],
      ['identity', ''],
    ] as const) {
      const answer = await raw(url, await headersOf({ headers: { 'accept-encoding': accepted } }));
      expect([answer.headers['content-encoding'] ?? '', answer.headers.etag]).toEqual([encoding, encoding === '' ? etag : `W/${etag}`]);
      expect(answer.body.equals(bytesOf[encoding]!)).toBe(true);
    }
    for (const known of [`W/${etag}`, etag, `"older", ${etag}`]) {
      expect((await look({ headers: { 'accept-encoding': 'br', 'if-none-match': known } })).status).toBe(304);
    }
    expect(asked).toEqual(['br', 'gzip', '']);
  });

  it('keeps it for as long as it is good, and not at all when it is not', async () => {
    await look();
    now += 390;
    await look();
    expect(asked).toHaveLength(1);
    now += 20;
    goodForMs = 0;
    await look();
    expect(asked).toHaveLength(2);
    now += 5;
    await look();
    expect(asked).toHaveLength(3);
  });
});

describe('who may not see a seat map', () => {
  it('does not see a kept one either', async () => {
    await look();
    const good = await headersOf({});
    const url = `${gateway.url}/api/v1/performances/${ids.performance}/seats`;
    const refusals: [Record<string, string>, number, string][] = [
      [{}, 401, 'unauthenticated'],
      [{ ...good, authorization: 'Bearer x' }, 401, 'unauthenticated'],
      [{ authorization: good.authorization! }, 403, 'queue-pass-required'],
      [{ ...good, 'x-queue-pass': await gateway.queuePass(ids.stranger, ids.concert) }, 403, 'queue-pass-invalid'],
      [{ ...good, 'x-queue-pass': await gateway.queuePass(ids.fan, ids.concert, -60) }, 403, 'queue-pass-invalid'],
      [{ ...good, 'x-queue-pass': await gateway.queuePass(ids.fan, ids.stranger) }, 403, 'queue-pass-invalid'],
    ];
    for (const [headers, status, code] of refusals) {
      const response = await fetch(url, { headers: { 'accept-encoding': 'identity', ...headers } });
      expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([status, code]);
    }
    expect((await look()).status).toBe(200);
    expect(asked).toEqual(['', '']);
  });
});

describe('a person who has just been given seats', () => {
  const [free, held] = [
    { [ids.seat]: 'AVAILABLE', [otherSeat]: 'AVAILABLE', [soldSeat]: 'SOLD' },
    { [ids.seat]: 'HELD', [otherSeat]: 'AVAILABLE', [soldSeat]: 'SOLD' },
  ];

  it('sees them held at once, and nobody else before the map is read anew', async () => {
    expect(await statusesOf()).toEqual(free);
    await hold([ids.seat, soldSeat]);
    expect(await statusesOf()).toEqual(held);
    expect(await statusesOf({ user: ids.stranger })).toEqual(free);
    const mine = await look({ headers: { 'accept-encoding': 'br' } });
    const again = await look(knowing(mine.response.headers.get('etag') ?? ''));
    expect([mine.response.headers.get('cache-control'), again.status]).toEqual(['private, no-cache', 304]);
    expect(asked).toEqual(['']);
    await letGo();
  });

  it('sees them in that performance only', async () => {
    await hold([ids.seat], { performance: ids.stranger });
    expect(await statusesOf()).toEqual(free);
    await letGo();
  });

  it('sees the map that all see once they are let go', async () => {
    await hold([ids.seat]);
    await letGo();
    expect(await statusesOf()).toEqual(free);
  });
});

describe('GET /api/v1/performances/{id}/seats?as=positions', () => {
  const letters = async (visit: Visit = {}) => JSON.parse((await look(visit, '?as=positions')).body.toString()) as unknown;

  it('has a letter a seat, is kept beside the map, and has a tag of its own', async () => {
    expect(await letters()).toEqual({ version: 1, statuses: 'AAS' });
    expect(await letters({ user: ids.stranger })).toEqual({ version: 1, statuses: 'AAS' });
    expect((await look(knowing('"p1"'), '?as=positions')).status).toBe(304);
    expect((await look(knowing('"p1"'))).status).toBe(200);
    expect(asked).toEqual([' positions', '']);
  });

  it('shows own seats at once, to their owner', async () => {
    await hold([ids.seat, soldSeat]);
    expect(await letters()).toEqual({ version: 1, statuses: 'HAS' });
    expect(await letters({ user: ids.stranger })).toEqual({ version: 1, statuses: 'AAS' });
    await letGo();
    expect(await letters()).toEqual({ version: 1, statuses: 'AAS' });
  });

  it('is unavailable for a moment while an older version answers', async () => {
    knowsPositions = false;
    expect((await look({}, '?as=positions')).status).toBe(503);
    expect((await look()).status).toBe(200);
  });

  it('is the only other form', async () => {
    expect((await look({}, '?as=svg')).status).toBe(422);
  });
});
