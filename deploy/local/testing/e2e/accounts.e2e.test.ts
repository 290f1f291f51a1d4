import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import type { ApiReply } from '../../client/api-client.ts';
import { buyerWithToken } from '../../client/buyer.ts';
import { repositoryRoot } from '../../profile.ts';
import * as shapes from './api-shapes.ts';
import { mailedToken } from './mailed-tokens.ts';
import { expectRefusal } from './refusals.ts';
import { admit, eventually, holdFor, newBuyer, openSale, openTestShop, seatIdsOf, type TestShop } from './test-shop.ts';

let shop: TestShop;
beforeAll(async () => {
  shop = await openTestShop();
});
afterAll(() => shop.close());

const password = 'a password of some length';

async function signUp(more: object = {}): Promise<{ id: string; email: string }> {
  const body = { email: `${randomUUID()}@example.com`, password, name: 'Somebody', ...more };
  return shop.api.call(shapes.newUser, 'POST', '/users', { body });
}

async function logIn(email: string, given = password): Promise<string> {
  const session = await shop.api.call(shapes.session, 'POST', '/sessions', { body: { email, password: given } });
  return session.accessToken;
}

const whoAmI = (token: string): Promise<ApiReply> => shop.api.send('GET', '/users/me', { token });
const refresh = async (token: string): Promise<string> =>
  (await shop.api.call(shapes.session, 'POST', '/sessions/refresh', { token })).accessToken;

/** Within seconds, not at once: gateways ask for ended sessions every second or two. */
async function expectOut(...tokens: string[]): Promise<void> {
  for (const token of tokens)
    await eventually('the session has ended', async () => ((await whoAmI(token)).status === 401 ? true : undefined), 10_000);
}

describe('an account', () => {
  it('is verified by the token from its mail; then its owner joins a room that asks for that', async () => {
    const sale = await openSale(shop, 2);
    const { email } = await signUp({ locale: 'en' });
    const token = await logIn(email);
    expect(await shop.api.call(shapes.user, 'GET', '/users/me', { token })).toMatchObject({
      email,
      roles: ['fan'],
      locale: 'en',
      verified: false,
    });
    const put = (value: number) =>
      shop.api.send('PUT', '/admin/settings/queue.verified-only', { token: shop.operator.token, body: { value } });
    const join = (by: string) => shop.api.send('POST', '/queue/tokens', { token: by, body: { concertId: sale.concertId } });
    expect((await put(1)).status).toBe(200);
    try {
      await eventually('every instance knows the setting', async () => {
        const replies = await Promise.all([1, 2, 3, 4].map(() => join(token)));
        return replies.every(({ status }) => status === 403) ? true : undefined;
      });
      expectRefusal(await join(token), 403, 'address-not-verified');
      const mailed = await mailedToken(shop, 'verify-address', email);
      expect((await shop.api.send('PUT', `/email-verifications/${mailed}`)).status).toBe(204);
      expectRefusal(await shop.api.send('PUT', `/email-verifications/${mailed}`), 410, 'verification-gone');
      expect(await shop.api.call(shapes.user, 'GET', '/users/me', { token })).toMatchObject({ verified: true });
      expect((await join(await refresh(token))).status).toBe(201);
    } finally {
      await put(0);
    }
  });

  it('gets a new password by a token from a mail, which ends all sessions', async () => {
    const { email } = await signUp();
    const sessions = [await logIn(email), await logIn(email)];
    const asked: ApiReply[] = [];
    for (const address of [email, `${randomUUID()}@example.com`]) {
      asked.push(await shop.api.send('POST', '/password-resets', { body: { email: address } }));
    }
    expect(asked.map(({ status, body }) => [status, body])).toEqual([1, 2].map(() => [202, undefined]));
    const first = await mailedToken(shop, 'reset-password', email);
    await shop.api.send('POST', '/password-resets', { body: { email } });
    const second = await mailedToken(shop, 'reset-password', email, [first]);
    const reset = (token: string) => shop.api.send('PUT', `/password-resets/${token}`, { body: { password: 'a quite new password' } });
    expectRefusal(await reset(first), 410, 'reset-gone');
    expect((await reset(second)).status).toBe(204);
    expectRefusal(await reset(second), 410, 'reset-gone');
    await expectOut(...sessions);
    expectRefusal(await shop.api.send('POST', '/sessions', { body: { email, password } }), 401, 'invalid-credentials');
    expect((await whoAmI(await logIn(email, 'a quite new password'))).status).toBe(200);
  });

  it('changes name, language, password and address', async () => {
    const { email } = await signUp();
    const [mine, other] = [await logIn(email), await logIn(email)];
    const send = (method: 'POST' | 'PATCH', path: string, body: unknown) => shop.api.send(method, path, { token: mine, body });
    expect(await send('PATCH', '/users/me', { name: '김하늘', locale: 'en' })).toMatchObject({
      status: 200,
      body: { name: '김하늘', locale: 'en' },
    });
    expectRefusal(await send('POST', '/users/me/password', { current: 'not it', next: 'a quite new password' }), 403, 'wrong-password');
    expect((await send('POST', '/users/me/password', { current: password, next: 'a quite new password' })).status).toBe(204);
    await expectOut(other);
    expect((await whoAmI(mine)).status).toBe(200);
    const next = `${randomUUID()}@example.com`;
    expectRefusal(await send('POST', '/users/me/email', { email: next, password }), 403, 'wrong-password');
    expect((await send('POST', '/users/me/email', { email: next, password: 'a quite new password' })).status).toBe(202);
    expect((await shop.api.send('PUT', `/email-verifications/${await mailedToken(shop, 'verify-address', next)}`)).status).toBe(204);
    expect(await shop.api.call(shapes.user, 'GET', '/users/me', { token: mine })).toMatchObject({ email: next, verified: true });
  });

  it('is deleted with its session, and not while it has tickets, unless that is forced', async () => {
    const sale = await openSale(shop, 2);
    const { email } = await signUp();
    const token = await logIn(email);
    const buyer = buyerWithToken(shop.api, token);
    await buyer.charge(500_000);
    const visitor = await admit(buyer, sale);
    expect((await visitor.pay(await holdFor(visitor, sale, (await seatIdsOf(sale, visitor)).slice(0, 1)))).status).toBe(201);
    const remove = (body: object) => shop.api.send('DELETE', '/users/me', { token, body });
    expectRefusal(await remove({ password: 'not it' }), 403, 'wrong-password');
    expectRefusal(await remove({ password }), 409, 'tickets-live');
    expect((await remove({ password, force: true })).status).toBe(204);
    await expectOut(token);
    expectRefusal(await shop.api.send('POST', '/sessions', { body: { email, password } }), 401, 'invalid-credentials');
    expect(await signUp({ email })).toMatchObject({ email });
  });
});

describe('a session', () => {
  it('ends at the log-out, for all of its tokens', async () => {
    const { email } = await signUp();
    const [mine, other] = [await logIn(email), await logIn(email)];
    const renewed = await refresh(mine);
    expect(decodeJwt(renewed).sid).toBe(decodeJwt(mine).sid);
    expect((await shop.api.send('DELETE', '/sessions/current', { token: mine })).status).toBe(204);
    await expectOut(mine, renewed);
    expectRefusal(await shop.api.send('POST', '/sessions/refresh', { token: renewed }), 401, 'unauthenticated');
    expect((await whoAmI(other)).status).toBe(200);
  });

  it('of a browser is in a cookie, which other sites can’t use', async () => {
    const { email } = await signUp();
    const body = { email, password, session: 'cookie' };
    const here = { 'sec-fetch-site': 'same-origin' };
    expectRefusal(await shop.api.send('POST', '/sessions', { body }), 403, 'cross-site-request');
    const begun = await shop.api.send('POST', '/sessions', { body, headers: here });
    expect([begun.status, begun.body]).toEqual([201, { expiresAt: expect.any(String) }]);
    const [cookie = ''] = String(begun.headers['set-cookie']).split(';');
    expect((await shop.api.send('GET', '/users/me', { headers: { cookie } })).status).toBe(200);
    const rename = (headers: Record<string, string>) =>
      shop.api.send('PATCH', '/users/me', { body: { name: 'Me' }, headers: { cookie, ...headers } });
    for (const headers of [{}, { 'sec-fetch-site': 'cross-site' }, { origin: 'https://elsewhere.example' }]) {
      expectRefusal(await rename(headers), 403, 'cross-site-request');
    }
    expect((await rename(here)).status).toBe(200);
    expect((await rename({ origin: shop.stack.gatewayUrl })).status).toBe(200);
    const out = await shop.api.send('DELETE', '/sessions/current', { headers: { cookie, ...here } });
    expect([out.status, String(out.headers['set-cookie'])]).toEqual([204, expect.stringContaining('__Host-session=; Max-Age=0')]);
    await eventually('the cookie is worth nothing', async () =>
      (await shop.api.send('GET', '/users/me', { headers: { cookie } })).status === 401 ? true : undefined,
    );
  });

  it('loses a role within seconds that an operator takes away', async () => {
    const { id, email } = await signUp();
    const setRoles = (roles: string[]) => shop.api.send('PUT', `/admin/users/${id}/roles`, { token: shop.operator.token, body: { roles } });
    expect(await setRoles(['fan', 'operator'])).toMatchObject({ status: 200, body: { id, roles: ['fan', 'operator'] } });
    const token = await logIn(email);
    expect((await shop.api.send('GET', `/admin/users?email=${email}`, { token })).body).toMatchObject({
      items: [{ id, roles: ['fan', 'operator'] }],
    });
    expectRefusal(await shop.api.send('PUT', `/admin/users/${id}/roles`, { token, body: { roles: ['fan'] } }), 409, 'own-operator-role');
    expect((await setRoles(['fan'])).status).toBe(200);
    await expectOut(token);
    expectRefusal(await shop.api.send('GET', `/admin/users?email=${email}`, { token: await logIn(email) }), 403, 'forbidden');
  });
});

describe('the first operator of a shop', () => {
  /** Runs the program beside the user service, with the service's own database account. @returns its exit code and what it says */
  async function grantRole(email: string): Promise<{ code: number; text: string }> {
    const { host, port, owners } = shop.stack.database;
    const { database, app } = owners.user;
    const env = {
      DB_HOST: host,
      DB_PORT: String(port),
      DB_NAME: database,
      DB_USER: app.user,
      DB_PASSWORD: app.password,
      GRANT_EMAIL: email,
    };
    const child = spawn(process.execPath, ['dist/grant-role.js'], { cwd: `${repositoryRoot}services/user`, env });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => (text += part.toString()));
    const code = await new Promise<number>((resolve) => child.once('close', (status) => resolve(status ?? -1)));
    return { code, text };
  }

  it('is made of the account of an address that is verified, and told when there is none', async () => {
    expect(await grantRole(`${randomUUID()}@example.com`)).toMatchObject({
      code: 1,
      text: expect.stringContaining('no account with this address'),
    });
    expect(await grantRole('nobody')).toMatchObject({ code: 1, text: expect.stringContaining('GRANT_EMAIL: Must be an e-mail address') });
    const { email } = await signUp();
    const token = await logIn(email);
    expect(await grantRole(email)).toMatchObject({ code: 1, text: expect.stringContaining('has not verified its address') });
    await shop.api.send('PUT', `/email-verifications/${await mailedToken(shop, 'verify-address', email)}`);
    expect(await grantRole(email)).toMatchObject({ code: 0, text: expect.stringContaining('operator now') });
    expect(await grantRole(email)).toMatchObject({ code: 0, text: expect.stringContaining('operator already') });
    expectRefusal(await shop.api.send('GET', '/admin/sagas', { token }), 403, 'forbidden');
    expect((await shop.api.send('GET', '/admin/sagas', { token: await refresh(token) })).status).toBe(200);
  });
});

describe('nobody', () => {
  type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  const own: [Method, string, unknown][] = [
    ['DELETE', '/sessions/current', undefined],
    ['POST', '/sessions/refresh', undefined],
    ['PATCH', '/users/me', {}],
    ['POST', '/users/me/password', { current: password, next: password }],
    ['POST', '/users/me/email', { email: 'fan@example.com', password }],
    ['DELETE', '/users/me', { password }],
    ['POST', '/email-verifications', undefined],
  ];
  const ofOperators: [Method, string, unknown][] = [
    ['GET', '/admin/users?email=fan@example.com', undefined],
    ['PUT', `/admin/users/${randomUUID()}/roles`, { roles: ['operator'] }],
    ['POST', `/admin/users/${randomUUID()}/email`, { email: 'fan@example.com' }],
  ];

  it.each([...own, ...ofOperators])('does anything without a token: %s %s', async (method, path, body) => {
    expectRefusal(await shop.api.send(method, path, { body }), 401, 'unauthenticated');
  });

  it.each(ofOperators)('who is no operator looks after accounts: %s %s', async (method, path, body) => {
    const { token } = await newBuyer(shop, 0);
    expectRefusal(await shop.api.send(method, path, { token, body }), 403, 'forbidden');
  });

  it.each<[Method, string, unknown]>([
    ['PATCH', '/users/me', { name: 'Me', email: 'fan@example.com' }],
    ['PATCH', '/users/me', { locale: 'fr' }],
    ['PATCH', '/users/me', { name: '' }],
    ['POST', '/users/me/password', { current: password, next: 'short' }],
    ['POST', '/users/me/password', { current: password, next: password, force: true }],
    ['POST', '/users/me/email', { email: 'no address', password }],
    ['DELETE', '/users/me', { password, force: 'yes' }],
    ['DELETE', '/users/me', {}],
    ['POST', '/password-resets', { email: 'no address' }],
    ['POST', '/password-resets', { email: 'fan@example.com', token: 'x' }],
    ['PUT', `/password-resets/${'A'.repeat(43)}`, { password: 'short' }],
    ['POST', '/email-verifications', { email: 5 }],
    ['POST', '/sessions', { email: 'fan@example.com', password, session: 'header' }],
    ['POST', '/users', { email: 'fan@example.com', password, name: 'Me', locale: 'de' }],
    ['GET', '/admin/users', undefined],
    ['GET', '/admin/users?email=fan', undefined],
    ['PUT', `/admin/users/${randomUUID()}/roles`, { roles: ['emperor'] }],
    ['POST', `/admin/users/${randomUUID()}/email`, { email: 'fan@example.com', verified: true }],
  ])('gets anywhere with what does not fit: %s %s %j', async (method, path, body) => {
    expectRefusal(await shop.api.send(method, path, { token: shop.operator.token, body }), 422, 'invalid-request');
  });

  it.each<[Method, string, unknown, number, string]>([
    ['PUT', '/password-resets/nonsense', { password }, 410, 'reset-gone'],
    ['PUT', `/password-resets/${'A'.repeat(43)}`, { password }, 410, 'reset-gone'],
    ['PUT', '/email-verifications/nonsense', undefined, 410, 'verification-gone'],
    ['PUT', `/email-verifications/${'A'.repeat(43)}`, undefined, 410, 'verification-gone'],
    ['PUT', '/admin/users/nobody/roles', { roles: ['fan'] }, 404, 'user-not-found'],
    ['PUT', `/admin/users/${randomUUID()}/roles`, { roles: ['fan'] }, 404, 'user-not-found'],
    ['POST', `/admin/users/${randomUUID()}/email`, { email: 'nobody-at-all@example.com' }, 404, 'user-not-found'],
  ])('finds what there is not: %s %s', async (method, path, body, status, code) => {
    expectRefusal(await shop.api.send(method, path, { token: shop.operator.token, body }), status, code);
  });
});
