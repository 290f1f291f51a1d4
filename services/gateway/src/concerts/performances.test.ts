import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ids, type RunningGateway, startGateway } from '../testing/start-gateway.ts';

const time = (text: string) => timestampFromDate(new Date(text));
const json = Buffer.from(JSON.stringify({ performanceId: ids.performance, categories: [], sections: [], totalSeats: 0 }));
let gateway: RunningGateway;
let asked: string[];

beforeAll(async () => {
  const refusal = { case: 'refusal', value: { code: 'performance-not-found', detail: 'There is no such performance.' } } as const;
  const venue = { id: ids.room, name: 'Olympic Hall', city: 'Seoul', timeZone: 'Asia/Seoul' };
  gateway = await startGateway({
    concert: {
      getPerformance: ({ performanceId }) => {
        if (performanceId !== ids.performance) return { result: refusal };
        const performance = {
          ...{
            id: performanceId,
            concertId: ids.concert,
            startsAt: time('2031-05-01T10:00:00Z'),
            saleOpensAt: time('2031-01-01T10:00:00Z'),
          },
          ...{ status: 'SCHEDULED', totalSeats: 10, availableSeats: 4, maxSeatsPerPerson: 2, priceFrom: 1_000n, priceTo: 2_000n },
        };
        const concert = {
          ...{ id: ids.concert, title: 'Spring', artist: 'IU', description: '', startsOn: '2031-05-01', endsOn: '2031-05-01' },
          ...{ venue, saleOpensAt: time('2031-01-01T10:00:00Z'), status: 'SCHEDULED' },
        };
        return { result: { case: 'performance', value: { performance, concert, maxSeatsPerPerson: 2, saleState: 'SCHEDULED' } } };
      },
      getSeatLayout: ({ performanceId, encoding }) => {
        asked.push(encoding);
        if (performanceId !== ids.performance) return { result: refusal };
        return { result: { case: 'layout', value: { json: encoding === '' ? json : Buffer.from(encoding), etag: '"plan"', encoding } } };
      },
    },
  });
});
afterAll(() => gateway.stop());
beforeEach(() => {
  asked = [];
});

const look = (path: string, headers: Record<string, string> = {}) => fetch(`${gateway.url}/api/v1/performances/${path}`, { headers });

describe('GET /api/v1/performances/{id}', () => {
  it('has the performance with its concert and venue', async () => {
    const response = await look(ids.performance);
    expect([response.status, response.headers.get('cache-control')]).toEqual([200, 'public, max-age=1']);
    expect(await response.json()).toMatchObject({
      ...{ id: ids.performance, concertId: ids.concert, startsAt: '2031-05-01T10:00:00.000Z', totalSeats: 10, availableSeats: 4 },
      ...{ maxSeatsPerPerson: 2, saleState: 'SCHEDULED', venue: { name: 'Olympic Hall', timeZone: 'Asia/Seoul' } },
      concert: { id: ids.concert, title: 'Spring', venue: { city: 'Seoul' } },
    });
  });

  it.each([ids.seat, 'nonsense'])('is 404 for %s', async (id) => {
    const response = await look(id);
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([404, 'performance-not-found']);
  });
});

describe('GET /api/v1/performances/{id}/layout', () => {
  it('is open to all, is kept, and may be kept by browsers and proxies', async () => {
    for (let time = 0; time < 3; time += 1) {
      const response = await look(`${ids.performance}/layout`, { 'accept-encoding': 'identity' });
      expect(response.status).toBe(200);
      expect(await response.json()).toEqual(JSON.parse(json.toString()));
      expect(response.headers.get('etag')).toBe('"plan"');
      expect(response.headers.get('cache-control')).toBe('public, max-age=86400, immutable');
      expect(response.headers.get('vary')).toBe('accept-encoding');
    }
    expect(asked).toEqual(['']);
  });

  it('is not sent again to who has it', async () => {
    for (const known of ['"plan"', 'W/"plan"']) {
      const response = await look(`${ids.performance}/layout`, { 'accept-encoding': 'identity', 'if-none-match': known });
      expect([response.status, await response.text()]).toEqual([304, '']);
    }
  });

  it('is asked for by encoding', async () => {
    await look(`${ids.performance}/layout`, { 'accept-encoding': 'gzip, br', 'if-none-match': '"plan"' });
    expect(asked).toEqual(['br']);
  });

  it('is 404 where there is no performance', async () => {
    const response = await look(`${ids.seat}/layout`);
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([404, 'performance-not-found']);
  });
});
