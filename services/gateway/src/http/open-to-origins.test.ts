import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readConfig } from '../config.ts';
import { type RunningGateway, startGateway } from '../testing/start-gateway.ts';

const shop = 'https://tickets.example.org';
const stranger = 'https://tickets.example.org.evil.example';

let open: RunningGateway;
let closed: RunningGateway;
beforeAll(async () => {
  const fakes = { concert: { searchConcerts: () => ({ result: { case: 'page' as const, value: {} } }) } };
  open = await startGateway(fakes, { environment: { CORS_ORIGINS: `${shop}, http://localhost:5173` } });
  closed = await startGateway(fakes);
});
afterAll(async () => {
  await open.stop();
  await closed.stop();
});

function preflight({ url }: RunningGateway, path: string, origin: string): Promise<Response> {
  const headers = {
    origin,
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'authorization,content-type,idempotency-key,x-queue-pass',
  };
  return fetch(`${url}${path}`, { method: 'OPTIONS', headers });
}

const allowedOrigin = (response: Response): string | null => response.headers.get('access-control-allow-origin');

describe('a page of another origin', () => {
  it.each([shop, 'http://localhost:5173'])('may ask with what the API needs: %s', async (origin) => {
    for (const path of ['/api/v1/reservations', '/api/v1/admin/concerts', '/api/v1/no-such-route']) {
      const response = await preflight(open, path, origin);
      expect([response.status, allowedOrigin(response)]).toEqual([204, origin]);
      expect(response.headers.get('access-control-allow-headers')?.split(',')).toEqual(
        expect.arrayContaining(['authorization', 'content-type', 'idempotency-key', 'x-queue-pass']),
      );
      expect(response.headers.get('access-control-allow-methods')?.split(',')).toEqual(expect.arrayContaining(['POST', 'PATCH', 'DELETE']));
      expect(response.headers.get('access-control-allow-credentials')).toBeNull();
    }
  });

  it('can read answers, errors, and answers that are kept', async () => {
    for (const [path, status] of [
      ['/api/v1/concerts', 200],
      ['/api/v1/concerts', 200],
      ['/api/v1/points', 401],
      ['/api/v1/concerts?limit=0', 422],
      ['/no-such-path', 404],
      ['/%ff', 404],
    ] as const) {
      const response = await fetch(`${open.url}${path}`, { headers: { origin: shop } });
      expect([path, response.status, allowedOrigin(response)]).toEqual([path, status, shop]);
      expect(response.headers.get('access-control-expose-headers')).toContain('retry-after');
      expect(response.headers.get('vary')).toMatch(/\bOrigin\b/i);
    }
  });

  it('is answered without these headers where it is not allowed, and caches keep that apart', async () => {
    const refused = await preflight(open, '/api/v1/reservations', stranger);
    expect([refused.status, allowedOrigin(refused)]).toEqual([405, null]);
    for (const headers of [{ origin: stranger }, {}]) {
      const response = await fetch(`${open.url}/api/v1/concerts`, { headers });
      expect([response.status, allowedOrigin(response)]).toEqual([200, null]);
      expect(response.headers.get('vary')).toMatch(/\bOrigin\b/i);
    }
  });

  it('is not allowed without the setting', async () => {
    const response = await preflight(closed, '/api/v1/reservations', shop);
    expect([response.status, allowedOrigin(response)]).toEqual([405, null]);
    const read = await fetch(`${closed.url}/api/v1/concerts`, { headers: { origin: shop } });
    expect([read.status, allowedOrigin(read), read.headers.get('vary') ?? '']).toEqual([200, null, expect.not.stringMatching(/origin/i)]);
  });
});

describe('CORS_ORIGINS', () => {
  it.each(['*', 'tickets.example.org', `${shop}/`, `${shop}/shop`, 'ftp://example.org', 'null'])('refuses %s', (value) => {
    expect(() => readConfig({ ...process.env, CORS_ORIGINS: value })).toThrow(/CORS_ORIGINS/);
  });
});
