import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  EndSessionResponseSchema,
  ListEndedSessionsResponseSchema,
  LogInResponseSchema,
  RefreshSessionResponseSchema,
  UpdateUserResponseSchema,
  UserSchema,
} from '@ticketing/contracts/gen/ticketing/user/v1/user_pb';
import { type FakeServices, ids, type RunningGateway, startGateway, type TestToken } from '../testing/start-gateway.ts';

let gateway: RunningGateway | undefined;
afterEach(() => gateway?.stop());

const expiresAt = timestampFromMs(Date.now() + 3_600_000);
const someone = create(UserSchema, { id: ids.fan, email: 'fan@example.com', name: 'Fan', roles: ['fan'], locale: 'ko' });
const here = { 'sec-fetch-site': 'same-origin' };

/** A user service with one session, and what it was asked. */
function userService() {
  const asked = { refreshes: 0, ended: [] as string[], isRefused: false };
  const user: NonNullable<FakeServices['user']> = {
    logIn: () => create(LogInResponseSchema, { result: { case: 'session', value: { accessToken: 'a.new.token', expiresAt } } }),
    getUser: () => ({ result: { case: 'user', value: someone } }),
    updateUser: () => create(UpdateUserResponseSchema, { result: { case: 'user', value: someone } }),
    refreshSession: () => {
      asked.refreshes += 1;
      const value = { accessToken: `renewed.${asked.refreshes}.token`, expiresAt };
      const refusal = { case: 'refusal' as const, value: { code: 'session-ended', detail: 'It has ended.' } };
      return create(RefreshSessionResponseSchema, { result: asked.isRefused ? refusal : { case: 'session', value } });
    },
    endSession: ({ sessionId }) => {
      asked.ended.push(sessionId);
      return create(EndSessionResponseSchema);
    },
    listEndedSessions: () => create(ListEndedSessionsResponseSchema, { sessionIds: asked.ended, mark: '1', keepSeconds: 60 }),
  };
  return { asked, user };
}

async function open() {
  const { asked, user } = userService();
  gateway = await startGateway({ user });
  const { url, accessToken } = gateway;
  const send = (method: string, path: string, headers: Record<string, string>, body?: unknown) =>
    fetch(`${url}/api/v1${path}`, {
      method,
      headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  const cookie = async (token: TestToken = {}, userId: string = ids.fan) => ({
    cookie: `other=1; __Host-session=${await accessToken(userId, ['fan'], { sessionId: ids.session, ...token })}; last=2`,
  });
  return { asked, send, cookie, accessToken };
}

const codeOf = async (reply: Response): Promise<unknown> => ((await reply.json()) as { code?: unknown }).code;
const credentials = { email: 'fan@example.com', password: 'a password' };

describe('a browser session', () => {
  it('is begun by a page of this origin, with a cookie and without a token', async () => {
    const { send } = await open();
    const reply = await send('POST', '/sessions', here, { ...credentials, session: 'cookie' });
    expect(reply.status).toBe(201);
    expect(await reply.json()).toEqual({ expiresAt: expect.any(String) });
    const [pair, ...attributes] = (reply.headers.get('set-cookie') ?? '').split('; ');
    expect(pair).toBe('__Host-session=a.new.token');
    expect(attributes.toSorted()).toEqual([
      'HttpOnly',
      expect.stringMatching(/^Max-Age=3[56]\d\d$/),
      'Path=/',
      'SameSite=Strict',
      'Secure',
    ]);
  });

  it.each([{}, { 'sec-fetch-site': 'cross-site' }, { origin: 'https://elsewhere.example' }])(
    'is not begun from elsewhere: %j',
    async (headers) => {
      const { send } = await open();
      const reply = await send('POST', '/sessions', headers, { ...credentials, session: 'cookie' });
      expect([reply.status, reply.headers.get('set-cookie'), await codeOf(reply)]).toEqual([403, null, 'cross-site-request']);
    },
  );

  it('is not what others get who log in', async () => {
    const { send } = await open();
    const reply = await send('POST', '/sessions', {}, credentials);
    expect(reply.headers.get('set-cookie')).toBeNull();
    expect(await reply.json()).toEqual({ accessToken: 'a.new.token', tokenType: 'Bearer', expiresAt: expect.any(String) });
    expect((await send('POST', '/sessions', here, { ...credentials, session: 'header' })).status).toBe(422);
  });

  it('says who asks, unless a header does', async () => {
    const { send, cookie, accessToken } = await open();
    expect((await send('GET', '/users/me', await cookie())).status).toBe(200);
    expect((await send('GET', '/users/me', { ...(await cookie()), authorization: 'Bearer nonsense' })).status).toBe(401);
    const authorization = `Bearer ${await accessToken(ids.fan)}`;
    expect((await send('GET', '/users/me', { cookie: '__Host-session=nonsense', authorization })).status).toBe(200);
    for (const nothing of ['__Host-session=', '__Host-session=nonsense', 'session=1']) {
      expect((await send('GET', '/users/me', { cookie: nothing })).status).toBe(401);
    }
  });

  it.each<[headers: Record<string, string>, status: number]>([
    [here, 200],
    [{ 'sec-fetch-site': 'same-site' }, 403],
    [{ 'sec-fetch-site': 'cross-site' }, 403],
    [{ origin: 'https://elsewhere.example' }, 403],
    [{}, 403],
  ])('changes nothing for other sites: %j', async (headers, status) => {
    const { send, cookie, accessToken } = await open();
    const reply = await send('PATCH', '/users/me', { ...headers, ...(await cookie()) }, { name: 'Fan' });
    expect([reply.status, await codeOf(reply)]).toEqual([status, status === 403 ? 'cross-site-request' : undefined]);
    // A header with the token is no browser's doing.
    const authorization = `Bearer ${await accessToken(ids.fan)}`;
    expect((await send('PATCH', '/users/me', { ...headers, authorization }, { name: 'Fan' })).status).toBe(200);
    // To look is harmless: other sites don't see what they have asked for.
    expect((await send('GET', '/users/me', { ...headers, ...(await cookie()) })).status).toBe(200);
  });

  it('is renewed by any answer once half of the token’s life is over, and once for requests that come together', async () => {
    const { send, cookie, asked } = await open();
    expect((await send('GET', '/users/me', await cookie({ ageSeconds: 50 }))).headers.get('set-cookie')).toBeNull();
    expect(asked.refreshes).toBe(0);
    const old = await cookie({ ageSeconds: 70 });
    const replies = await Promise.all([1, 2, 3].map(() => send('GET', '/users/me', old)));
    replies.push(await send('GET', '/concerts/not-an-id', old), await send('PATCH', '/users/me', { ...old, ...here }, { nonsense: 1 }));
    expect(replies.map(({ headers }) => headers.get('set-cookie')?.split(';')[0] ?? null)).toEqual([
      ...[1, 2, 3].map(() => '__Host-session=renewed.1.token'),
      // Open to all.
      null,
      '__Host-session=renewed.1.token',
    ]);
    expect(asked.refreshes).toBe(1);
    expect((await send('GET', '/users/me', await cookie({ ageSeconds: 70, sessionId: ids.room }))).headers.get('set-cookie')).toContain(
      'renewed.2',
    );
  });

  it('is not renewed where the user service refuses, nor for a token in a header', async () => {
    const { send, cookie, accessToken, asked } = await open();
    const token = await accessToken(ids.fan, ['fan'], { sessionId: ids.session, ageSeconds: 70 });
    expect((await send('GET', '/users/me', { authorization: `Bearer ${token}` })).headers.get('set-cookie')).toBeNull();
    expect(asked.refreshes).toBe(0);
    asked.isRefused = true;
    const reply = await send('GET', '/users/me', await cookie({ ageSeconds: 70 }));
    expect([reply.status, reply.headers.get('set-cookie')]).toEqual([200, null]);
  });

  it('is refreshed as what it is', async () => {
    const { send, cookie, accessToken, asked } = await open();
    const asCookie = await send('POST', '/sessions/refresh', { ...(await cookie()), ...here });
    expect([asCookie.status, asCookie.headers.get('set-cookie')?.split(';')[0]]).toEqual([201, '__Host-session=renewed.1.token']);
    expect(await asCookie.json()).toEqual({ expiresAt: expect.any(String) });
    const authorization = `Bearer ${await accessToken(ids.fan, ['fan'], { sessionId: ids.session })}`;
    const asToken = await send('POST', '/sessions/refresh', { authorization });
    expect([asToken.status, await asToken.json()]).toMatchObject([201, { accessToken: 'renewed.2.token', tokenType: 'Bearer' }]);
    asked.isRefused = true;
    const refused = await send('POST', '/sessions/refresh', { authorization });
    expect([refused.status, await codeOf(refused)]).toEqual([401, 'unauthenticated']);
  });

  it('ends at the log-out, with its cookie and all tokens', async () => {
    const { send, cookie, accessToken, asked } = await open();
    const headers = { ...(await cookie({ ageSeconds: 70 })), ...here };
    expect((await send('GET', '/users/me', headers)).status).toBe(200);
    const reply = await send('DELETE', '/sessions/current', headers);
    expect([reply.status, reply.headers.get('set-cookie')]).toEqual([
      204,
      '__Host-session=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Strict',
    ]);
    expect(asked.ended).toEqual([ids.session]);
    expect((await send('GET', '/users/me', headers)).status).toBe(401);
    const authorization = `Bearer ${await accessToken(ids.fan, ['operator'], { sessionId: ids.session })}`;
    expect((await send('GET', '/users/me', { authorization })).status).toBe(401);
  });
});

describe('a token of the version before', () => {
  it('is good, and has no session to end', async () => {
    const { send, accessToken, asked } = await open();
    const authorization = `Bearer ${await accessToken(ids.fan)}`;
    expect((await send('GET', '/users/me', { authorization })).status).toBe(200);
    expect((await send('DELETE', '/sessions/current', { authorization })).status).toBe(401);
    expect(asked.ended).toEqual([]);
  });
});
