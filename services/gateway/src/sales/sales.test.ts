import { timestampDate, timestampFromDate } from '@bufbuild/protobuf/wkt';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type ListSalesPeriodsRequest, SalesUnit } from '@ticketing/contracts/gen/ticketing/reservation/v1/sales_pb';
import { ids, type RunningGateway, startGateway } from '../testing/start-gateway.ts';

const startsAt = timestampFromDate(new Date('2031-05-01T10:00:00Z'));
const section = {
  ...{ section: 'R', capacity: 10, sold: 3, held: 2, free: 5, amount: 300_000n },
  ...{ refundedSeats: 1, refundedAmount: 100_000n },
};
const actors: unknown[] = [];
const asked: ListSalesPeriodsRequest[] = [];
let gateway: RunningGateway;

beforeAll(async () => {
  gateway = await startGateway({
    concert: {
      authorize: ({ actor, concertId }) => {
        actors.push({ userId: actor?.userId, operator: actor?.operator, concertId });
        const isOpen = actor?.operator || actor?.userId === ids.fan;
        return isOpen ? {} : { refusal: { code: 'concert-not-found', detail: 'There is no such concert.' } };
      },
    },
    sales: {
      getSales: () => ({
        readAt: timestampFromDate(new Date('2031-01-01T00:00:00Z')),
        performances: [{ performanceId: ids.performance, startsAt, sections: [section] }],
      }),
      listSalesPeriods: (request) => {
        asked.push(request);
        if (request.performanceId === ids.seat) return { result: { case: 'refusal', value: { code: 'performance-not-found' } } };
        const item = {
          startsAt,
          section: request.bySection ? 'R' : '',
          seatsSold: 2,
          seatsRefunded: 1,
          amountSold: 200n,
          amountRefunded: 100n,
        };
        return { result: { case: 'periods', value: { items: [item] } } };
      },
    },
  });
});
beforeEach(() => {
  asked.length = 0;
  actors.length = 0;
});
afterAll(() => gateway.stop());

const get = async (path: string, roles = ['organiser'], userId = ids.fan) => {
  const token = await gateway.accessToken(userId, roles);
  const response = await fetch(`${gateway.url}/api/v1/admin/concerts/${ids.concert}/sales${path}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};

describe.each(['', '/minutes', '/events'])('GET /admin/concerts/{id}/sales%s', (path) => {
  it('needs a token of an organiser or operator', async () => {
    expect((await fetch(`${gateway.url}/api/v1/admin/concerts/${ids.concert}/sales${path}`)).status).toBe(401);
    expect(await get(path, ['fan'])).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    expect(actors).toEqual([]);
  });

  it('is not there for another organiser', async () => {
    expect(await get(path, ['organiser'], ids.stranger)).toMatchObject({ status: 404, body: { code: 'concert-not-found' } });
    expect(actors).toEqual([{ userId: ids.stranger, operator: false, concertId: ids.concert }]);
    expect(asked).toEqual([]);
  });
});

describe('the sales of a concert', () => {
  const shown = {
    concertId: ids.concert,
    at: '2031-01-01T00:00:00.000Z',
    performances: [
      {
        id: ids.performance,
        startsAt: '2031-05-01T10:00:00.000Z',
        sections: [{ name: 'R', capacity: 10, sold: 3, held: 2, free: 5, amount: 300_000, refunded: { seats: 1, amount: 100_000 } }],
      },
    ],
  };

  it('are shown by performance and section', async () => {
    expect(await get('')).toEqual({ status: 200, body: shown });
    expect((await get('', ['operator'], ids.stranger)).status).toBe(200);
  });

  it('are streamed', async () => {
    const controller = new AbortController();
    const response = await fetch(`${gateway.url}/api/v1/admin/concerts/${ids.concert}/sales/events`, {
      headers: { authorization: `Bearer ${await gateway.accessToken(ids.fan, ['organiser'])}` },
      signal: controller.signal,
    });
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
    let text = '';
    const chunks: AsyncIterable<Uint8Array> = response.body ?? new ReadableStream<Uint8Array>();
    for await (const chunk of chunks) {
      text += Buffer.from(chunk).toString();
      if (/data: .*\n\n/.test(text)) break;
    }
    controller.abort();
    expect(JSON.parse(/data: (.*)\n/.exec(text)?.[1] ?? '')).toEqual(shown);
  });
});

describe('the minutes of a sale', () => {
  const bounds = ({ from, to }: ListSalesPeriodsRequest) => [from, to].map((time) => time && timestampDate(time).toISOString());

  it('are those of the last day, unless others are asked for', async () => {
    const before = Date.now();
    const { status, body } = await get('/minutes');
    expect(status).toBe(200);
    expect(body).toEqual({
      unit: 'minute',
      items: [{ at: '2031-05-01T10:00:00.000Z', section: null, seatsSold: 2, seatsRefunded: 1, amountSold: 200, amountRefunded: 100 }],
    });
    const [from, to] = bounds(asked[0]!).map((time) => Date.parse(time ?? ''));
    expect(to! - from!).toBe(86_400_000);
    expect(to).toBeGreaterThanOrEqual(before);
  });

  it.each([
    ['2031-01-01T00:00:00Z', '2031-01-02T00:00:00Z', 'minute', SalesUnit.MINUTE],
    ['2031-01-01T00:00:00Z', '2031-01-02T00:00:01Z', 'day', SalesUnit.DAY],
  ])('from %s to %s come by %s', async (from, to, unit, code) => {
    const query = new URLSearchParams({ from, to, by: 'section', offsetMinutes: '540', performanceId: ids.performance });
    const { body } = await get(`/minutes?${query.toString()}`);
    expect(body).toMatchObject({ unit, items: [{ section: 'R' }] });
    expect(asked[0]).toMatchObject({ unit: code, bySection: true, offsetMinutes: 540, performanceId: ids.performance });
    expect(bounds(asked[0]!)).toEqual([new Date(from).toISOString(), new Date(to).toISOString()]);
  });

  it.each([
    ['?from=2031-01-02T00:00:00Z&to=2031-01-01T00:00:00Z', 'invalid-request'],
    ['?from=2031-01-01T00:00:00Z&to=2032-01-03T00:00:00Z', 'sales-range-too-long'],
    ['?offsetMinutes=900', 'invalid-request'],
    ['?by=row', 'invalid-request'],
    ['?unit=day', 'invalid-request'],
  ])('are not given for %s', async (query, code) => {
    expect(await get(`/minutes${query}`)).toMatchObject({ status: 422, body: { code } });
    expect(asked).toEqual([]);
  });

  it('of a performance of another concert are not there', async () => {
    expect(await get(`/minutes?performanceId=${ids.seat}`)).toMatchObject({ status: 404, body: { code: 'performance-not-found' } });
  });
});
