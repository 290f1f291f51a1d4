import { request as httpRequest } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ids, type RunningGateway, startGateway } from '../testing/start-gateway.ts';

const account = { email: 'fan@example.com', password: 'long enough', name: 'Fan' };
let gateway: RunningGateway;
let charged: bigint[] = [];

beforeAll(async () => {
  gateway = await startGateway({
    user: {
      signUp: ({ email, name }) => ({ result: { case: 'user', value: { id: ids.fan, email, name, roles: ['fan'] } } }),
      getUser: () => ({ result: { case: 'refusal', value: { code: 'user-not-found', detail: 'gone' } } }),
    },
    concert: {
      searchConcerts: () => ({ result: { case: 'page', value: { items: [], nextCursor: '', degraded: true } } }),
      suggestConcerts: () => ({ items: [{ text: 'IU', kind: 'artist' }], degraded: false }),
      getConcert: () => ({ result: { case: 'refusal', value: { code: 'made-up', detail: 'secret inside' } } }),
    },
    payment: {
      chargePoints: ({ amount }) => {
        charged = [...charged, amount];
        return { result: { case: 'charge', value: { id: ids.fan, amount, balance: amount } } };
      },
    },
    settings: { getSetting: ({ key }) => ({ result: { case: 'setting', value: { key, value: 5, minimum: 1, maximum: 60 } } }) },
  });
});
afterAll(() => gateway.stop());

async function send(method: string, path: string, options: { body?: string | Uint8Array; headers?: Record<string, string> } = {}) {
  const response = await fetch(gateway.url + path, { method, ...options, redirect: 'manual' });
  const text = await response.text();
  const body = (text.startsWith('{') ? JSON.parse(text) : { text }) as Record<string, unknown> & {
    code?: string;
    errors?: { path: string }[];
  };
  return { status: response.status, headers: response.headers, body, code: body.code, paths: body.errors?.map(({ path: at }) => at) };
}

const json = (value: unknown, headers: Record<string, string> = {}) => ({
  body: typeof value === 'string' ? value : JSON.stringify(value),
  headers: { 'content-type': 'application/json', ...headers },
});
const signUp = (value: unknown) => send('POST', '/api/v1/users', json(value));

describe('bodies', () => {
  it('become what the service is asked', async () => {
    const answer = await signUp({ ...account, name: '  아이유  ' });
    expect(answer.status).toBe(201);
    expect(answer.body).toEqual({ id: ids.fan, email: account.email, name: '아이유' });
    expect(answer.headers.get('location')).toBe('/api/v1/users/me');
  });

  it.each([
    ['a wrong type', { ...account, name: 5 }, ['name']],
    ['a missing field', { email: account.email, password: account.password }, ['name']],
    ['an unknown field', { ...account, role: 'operator' }, ['role']],
    ['NUL', { ...account, name: 'a\0b' }, ['name']],
    ['half a surrogate pair', { ...account, name: 'a\ud800' }, ['name']],
    ['a line break', { ...account, name: 'a\nX-Admin: 1' }, ['name']],
    ['a short password', { ...account, password: 'short' }, ['password']],
    ['no address', { ...account, email: "' OR 1=1 --" }, ['email']],
    ['blank text', { ...account, name: '   ' }, ['name']],
  ])('with %s are 422', async (_name, body, paths) => {
    const answer = await signUp(body);
    expect(answer.status).toBe(422);
    expect(answer.code).toBe('invalid-request');
    expect(answer.paths).toEqual(paths);
  });

  it.each(['__proto__', 'constructor', 'hasOwnProperty'])('with the field %s are 422', async (key) => {
    const answer = await signUp(`{"email":"a@b.co","password":"long enough","name":"a","${key}":{"roles":["operator"]}}`);
    expect([answer.status, answer.paths]).toEqual([422, [key]]);
  });

  it.each(['', '[]', '"text"', '5', 'null', '{', '{"a":1,}', '['.repeat(60_000)])(
    'that are no JSON object are 400: %.10s',
    async (text) => {
      const answer = await signUp(text);
      expect([answer.status, answer.code]).toEqual([400, 'invalid-body']);
    },
  );

  it('in broken UTF-8 are 400', async () => {
    const bytes = Buffer.concat([Buffer.from('{"name":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')]);
    const answer = await send('POST', '/api/v1/users', { body: bytes, headers: { 'content-type': 'application/json' } });
    expect([answer.status, answer.code]).toEqual([400, 'invalid-body']);
  });

  it.each([
    ['65 KiB', Buffer.alloc(65 * 1024, ' '), {}],
    ['10 MB', Buffer.alloc(10_000_000, ' '), {}],
    ['a small gzip of 50 MB', gzipSync(Buffer.alloc(50_000_000, ' ')), { 'content-encoding': 'gzip' }],
  ])('of %s are 413', async (_name, bytes, headers) => {
    const answer = await send('POST', '/api/v1/users', { body: bytes, headers: { 'content-type': 'application/json', ...headers } });
    expect([answer.status, answer.code]).toEqual([413, 'body-too-large']);
  });

  it('that stream on for ever are 413', async () => {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const upload = httpRequest(
        `${gateway.url}/api/v1/users`,
        { method: 'POST', headers: { 'content-type': 'application/json' } },
        (response) => {
          response.resume();
          resolve(response.statusCode);
          upload.destroy();
        },
      );
      upload.on('error', reject);
      upload.write(Buffer.alloc(70_000, ' '));
    });
    expect(status).toBe(413);
  });

  it('may be compressed, but not brokenly', async () => {
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    expect((await send('POST', '/api/v1/users', { body: gzipSync(JSON.stringify(account)), headers })).status).toBe(201);
    expect((await send('POST', '/api/v1/users', { body: 'not gzip', headers })).code).toBe('invalid-body');
    expect((await send('POST', '/api/v1/users', { body: 'x', headers: { ...headers, 'content-encoding': 'zip' } })).status).toBe(415);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/json; charset=euc-kr', 'application/jsonp', ''])(
    'of type %s are 415',
    async (type) => {
      const answer = await send('POST', '/api/v1/users', { body: Buffer.from('{}'), headers: { 'content-type': type } });
      expect([answer.status, answer.code]).toEqual([415, 'unsupported-media-type']);
    },
  );

  it('take charset=UTF-8', async () => {
    const answer = await send('POST', '/api/v1/users', json(account, { 'content-type': 'application/json; charset=UTF-8' }));
    expect(answer.status).toBe(201);
  });
});

describe('amounts and keys', () => {
  const charge = async (body: unknown, key: Record<string, string> = { 'idempotency-key': 'k' }) =>
    send('POST', '/api/v1/points/charges', json(body, { authorization: `Bearer ${await gateway.accessToken(ids.fan)}`, ...key }));

  it('pass on in range', async () => {
    expect(await charge({ amount: 10_000_000 })).toMatchObject({ status: 201, body: { amount: 10_000_000, balance: 10_000_000 } });
    expect(charged).toEqual([10_000_000n]);
  });

  it.each(['0', '-1', '10000001', '1.5', '"5"', '1e400', '9007199254740993', 'null', 'true', '[]'])('of %s are 422', async (amount) => {
    const answer = await charge(`{"amount":${amount}}`);
    expect([answer.status, answer.code, answer.paths?.[0]]).toEqual([422, 'invalid-request', 'amount']);
  });

  it('need an Idempotency-Key of visible ASCII', async () => {
    expect(await charge({ amount: 1 }, {})).toMatchObject({ status: 400, code: 'idempotency-key-required' });
    for (const key of ['a b', 'x'.repeat(201), 'é']) {
      expect(await charge({ amount: 1 }, { 'idempotency-key': key })).toMatchObject({ status: 400, code: 'idempotency-key-invalid' });
    }
  });

  it('were charged only where they fit', () => {
    expect(charged).toEqual([10_000_000n]);
  });
});

describe('queries and paths', () => {
  it('answer lists with a null cursor at the end', async () => {
    const answer = await send('GET', '/api/v1/concerts?q=%EC%BD%98%EC%84%9C%ED%8A%B8&limit=100&from=2027-01-01');
    expect(answer).toMatchObject({ status: 200, body: { items: [], nextCursor: null, degraded: true } });
  });

  it.each([
    ['limit=0', 'limit'],
    ['limit=101', 'limit'],
    ['limit=1e1', 'limit'],
    ['limit=-1', 'limit'],
    ['limit=', 'limit'],
    ['limit=5&limit=6', 'limit'],
    ['q=a&q=b', 'q'],
    ['q=%00', 'q'],
    ['from=2027-02-30', 'from'],
    ['sort=price', 'sort'],
    ['__proto__=1', '__proto__'],
    ['q[$ne]=1', 'q[$ne]'],
    ['cursor=%20', 'cursor'],
    ['from=2027-05-10&to=2027-05-01', 'to'],
    ['q=%FF%FE', ''],
    ['q=100%', ''],
  ])('refuse ?%s', async (query, path) => {
    expect(await send('GET', `/api/v1/concerts?${query}`)).toMatchObject({ status: 422, code: 'invalid-request', paths: [path] });
  });

  it('refuse a query where none is known', async () => {
    expect(await send('GET', `/api/v1/concerts/${ids.concert}?x=1`)).toMatchObject({ status: 422, paths: ['x'] });
  });

  it.each([
    ['/api/v1/concerts/5', 'concert-not-found'],
    ["/api/v1/concerts/'%20OR%201=1", 'concert-not-found'],
    ['/api/v1/concerts/%ff', 'not-found'],
    ['/api/v1/Concerts', 'not-found'],
    ['/api/v1/concerts/', 'not-found'],
    ['/nothing', 'not-found'],
    ['/docs/files/../../package.json', 'not-found'],
    ['/docs/files/%2e%2e%2fpackage.json', 'not-found'],
  ])('say 404 for %s', async (path, code) => {
    expect(await send('GET', path)).toMatchObject({ status: 404, code });
  });

  it('say which methods there are', async () => {
    const answer = await send('PATCH', `/api/v1/queue/tokens/${ids.concert}`);
    expect(answer).toMatchObject({ status: 405, code: 'method-not-allowed' });
    expect(answer.headers.get('allow')).toBe('GET, HEAD, DELETE');
  });

  it('tell a literal path from a parameter', async () => {
    expect(await send('GET', '/api/v1/concerts/suggestions?q=iu')).toMatchObject({
      status: 200,
      body: { items: [{ text: 'IU', kind: 'artist' }], degraded: false },
    });
  });
});

describe('problems', () => {
  it('are problem+json with a trace id, and say nothing about the inside', async () => {
    const answer = await send('GET', `/api/v1/concerts/${ids.concert}`);
    expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(answer.body).toEqual({
      type: '/docs/problems#internal-error',
      title: 'Something went wrong on our side.',
      status: 500,
      code: 'internal-error',
      traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
  });

  it.each([undefined, 'Basic YTpi', 'Bearer', 'Bearer x', 'Bearer a.b.c'])('ask for an access token: %s', async (authorization) => {
    const answer = await send('GET', '/api/v1/points', { headers: authorization === undefined ? {} : { authorization } });
    expect([answer.status, answer.code]).toEqual([401, 'unauthenticated']);
    expect(answer.headers.get('www-authenticate')).toContain('Bearer');
  });

  it('make the token of a vanished account 401', async () => {
    const authorization = `Bearer ${await gateway.accessToken(ids.fan)}`;
    expect(await send('GET', '/api/v1/users/me', { headers: { authorization } })).toMatchObject({ status: 401, code: 'unauthenticated' });
  });

  it('keep administration to its roles', async () => {
    const read = async (roles: string[], key = 'hold.minutes') =>
      send('GET', `/api/v1/admin/settings/${key}`, { headers: { authorization: `Bearer ${await gateway.accessToken(ids.fan, roles)}` } });
    expect(await read(['fan', 'organiser'])).toMatchObject({ status: 403, code: 'forbidden' });
    expect(await read(['operator'])).toMatchObject({ status: 200, body: { key: 'hold.minutes', value: 5, minimum: 1, maximum: 60 } });
    expect(await read(['operator'], 'nobody.knows')).toMatchObject({ status: 404, code: 'setting-not-found' });
  });
});

describe('limits', () => {
  it('are per user, and say when to come back', async () => {
    const limited = await startGateway(
      { payment: { getBalance: () => ({ balance: 1n, reserved: 0n }) } },
      { environment: { RATE_USER: '3' } },
    );
    const look = async (user: string) => {
      const authorization = `Bearer ${await limited.accessToken(user)}`;
      return fetch(`${limited.url}/api/v1/points`, { headers: { authorization } });
    };
    const answers = await Promise.all(Array.from({ length: 5 }, () => look(ids.fan)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 429, 429]);
    expect(answers.find(({ status }) => status === 429)?.headers.get('retry-after')).toBe('1');
    expect((await look(ids.stranger)).status).toBe(200);
    await limited.stop();
  });
});

describe('documentation', () => {
  it.each([
    ['/docs', 'text/html'],
    ['/docs/problems', 'text/html'],
    ['/docs/files/swagger-ui-bundle.js', 'text/javascript'],
    ['/docs/files/swagger-ui.css', 'text/css'],
    ['/openapi.json', 'application/json'],
  ])('is served at %s', async (path, type) => {
    const answer = await send('GET', path);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toContain(type);
  });

  it('is where / leads', async () => {
    const answer = await send('GET', '/');
    expect([answer.status, answer.headers.get('location')]).toEqual([302, '/docs']);
  });
});
