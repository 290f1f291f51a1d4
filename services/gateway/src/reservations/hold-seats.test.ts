import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type HoldSeatsRequest, ReservationStatus } from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import { ids, type RunningGateway, startGateway } from '../testing/start-gateway.ts';

const seat = { id: ids.seat, section: 'R', row: 'A', number: 1, price: 110_000n, position: 5 };
const createdAt = '2027-03-01T11:00:00.000Z';
const expiresAt = '2027-03-01T11:05:00.000Z';
let gateway: RunningGateway;
let asked: HoldSeatsRequest[];

beforeAll(async () => {
  gateway = await startGateway({
    reservation: {
      holdSeats: (request) => {
        asked.push(request);
        if (request.section === 'taken') {
          return {
            result: { case: 'refusal', value: { code: 'seat-taken', detail: 'The seats are taken.', seatIds: [ids.seat], positions: [5] } },
          };
        }
        return {
          result: {
            case: 'reservation',
            value: {
              id: ids.reservation,
              performanceId: request.performanceId,
              status: ReservationStatus.HELD,
              seats: [seat],
              amount: 110_000n,
              expiresAt: timestampFromDate(new Date(expiresAt)),
              createdAt: timestampFromDate(new Date(createdAt)),
            },
          },
        };
      },
    },
  });
});
afterAll(() => gateway.stop());
beforeEach(() => {
  asked = [];
});

async function hold(body: unknown, headers: Record<string, string | undefined> = {}) {
  const all: Record<string, string | undefined> = {
    'content-type': 'application/json',
    authorization: `Bearer ${await gateway.accessToken(ids.fan)}`,
    'x-queue-pass': await gateway.queuePass(ids.fan, ids.concert),
    'idempotency-key': 'order-1',
    ...headers,
  };
  const given = Object.entries(all).flatMap(([name, value]): [string, string][] => (value === undefined ? [] : [[name, value]]));
  const response = await fetch(`${gateway.url}/api/v1/reservations`, { method: 'POST', body: JSON.stringify(body), headers: given });
  return { status: response.status, location: response.headers.get('location'), body: (await response.json()) as Record<string, unknown> };
}

const { performance } = ids;

describe('POST /api/v1/reservations', () => {
  it('holds these seats for the pass holder', async () => {
    const answer = await hold({ performanceId: performance.toUpperCase(), seatIds: [ids.seat] });
    expect(answer).toEqual({
      status: 201,
      location: `/api/v1/reservations/${ids.reservation}`,
      body: {
        id: ids.reservation,
        performanceId: performance,
        status: 'HELD',
        seats: [{ ...seat, price: 110_000 }],
        amount: 110_000,
        currency: 'KRW',
        expiresAt,
        createdAt,
      },
    });
    expect(asked).toMatchObject([
      {
        userId: ids.fan,
        passConcertId: ids.concert,
        passId: expect.any(String),
        idempotencyKey: 'order-1',
        seatIds: [ids.seat],
        quantity: 0,
      },
    ]);
  });

  it('holds the best seats', async () => {
    expect((await hold({ performanceId: performance, quantity: 4, section: 'R', bestAvailable: true })).status).toBe(201);
    expect(asked).toMatchObject([{ quantity: 4, section: 'R', seatIds: [] }]);
  });

  it('holds seats by their positions', async () => {
    const answer = await hold({ performanceId: performance, positions: [0, 49_999] });
    expect(answer).toMatchObject({ status: 201, body: { seats: [{ position: 5 }] } });
    expect(asked).toMatchObject([{ seatIds: ['#0', '#49999'], quantity: 0, section: '' }]);
  });

  it('names the seats that are gone', async () => {
    const answer = await hold({ performanceId: performance, quantity: 1, section: 'taken' });
    expect(answer.status).toBe(409);
    expect(answer.body).toMatchObject({ code: 'seat-taken', detail: 'The seats are taken.', seatIds: [ids.seat], positions: [5] });
  });

  it.each([
    [
      'fifty seats',
      { performanceId: performance, seatIds: Array.from({ length: 50 }, (_, n) => ids.seat.slice(0, -2) + String(n + 10)) },
      ['seatIds'],
    ],
    ['a seat twice', { performanceId: performance, seatIds: [ids.seat, ids.seat.toUpperCase()] }, ['seatIds']],
    ['no seats', { performanceId: performance, seatIds: [] }, ['seatIds']],
    ['a seat that is no id', { performanceId: performance, seatIds: ['1; DROP TABLE seats'] }, ['seatIds.0']],
    ['a position twice', { performanceId: performance, positions: [1, 1] }, ['positions']],
    ['five positions', { performanceId: performance, positions: [1, 2, 3, 4, 5] }, ['positions']],
    ['half a position', { performanceId: performance, positions: [1.5] }, ['positions.0']],
    ['a position beyond all halls', { performanceId: performance, positions: [50_000] }, ['positions.0']],
    ['five seats', { performanceId: performance, quantity: 5 }, ['quantity']],
    ['half a seat', { performanceId: performance, quantity: 1.5 }, ['quantity']],
  ])('refuses %s', async (_name, body, paths) => {
    const answer = await hold(body);
    expect([answer.status, answer.body.code]).toEqual([422, 'invalid-request']);
    expect((answer.body.errors as { path: string }[]).map(({ path }) => path)).toEqual(paths);
    expect(asked).toEqual([]);
  });

  it('refuses both ways at once', async () => {
    expect((await hold({ performanceId: performance, seatIds: [ids.seat], quantity: 1 })).status).toBe(422);
  });

  it('needs the own pass', async () => {
    const body = { performanceId: performance, quantity: 1 };
    expect(await hold(body, { 'x-queue-pass': undefined })).toMatchObject({ status: 403, body: { code: 'queue-pass-required' } });
    for (const pass of ['nonsense', await gateway.queuePass(ids.stranger, ids.concert), await gateway.accessToken(ids.fan)]) {
      expect(await hold(body, { 'x-queue-pass': pass })).toMatchObject({ status: 403, body: { code: 'queue-pass-invalid' } });
    }
    expect(asked).toEqual([]);
  });

  it('needs an Idempotency-Key', async () => {
    const answer = await hold({ performanceId: performance, quantity: 1 }, { 'idempotency-key': undefined });
    expect(answer).toMatchObject({ status: 400, body: { code: 'idempotency-key-required' } });
  });
});
