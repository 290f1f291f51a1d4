import { createHmac } from 'node:crypto';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { createLogger } from '@ticketing/common/log';
import type { SigningKeys } from '@ticketing/common/signing-keys';
import { ids, newSigningKeys } from '../testing/start-gateway.ts';
import { createAccessTokens, type User } from './access-tokens.ts';
import { createKeySet } from './key-set.ts';
import { createQueuePasses } from './queue-passes.ts';
import type { TokenVerifier } from './signed-tokens.ts';

const log = createLogger({ service: 'gateway', instance: 'test', level: 'silent' });
const payload = { sub: ids.fan, roles: ['fan'] };
const intended = { issuer: 'ticketing-user', audience: 'ticketing' };
const inAMinute = () => new Date(Date.now() + 60_000);

let ours: SigningKeys;
let clock = { now: Date.now() };
let verify: TokenVerifier<User>;

const keysOf = (signing: () => SigningKeys) =>
  createKeySet({ name: 'test', log, now: () => clock.now, fetch: () => Promise.resolve(signing().publicJwks) });

function unsigned(header: object, claims: object): string {
  return [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
}

beforeEach(async () => {
  ours = await newSigningKeys('k1');
  clock = { now: Date.now() };
  verify = createAccessTokens(
    keysOf(() => ours),
    () => clock.now,
  );
});

describe('access tokens', () => {
  it('says who it is, also the second time', async () => {
    const token = await ours.sign(payload, { ...intended, expiresAt: inAMinute() });
    const user = { id: ids.fan, roles: ['fan'], sessionId: undefined, verified: false, renewAt: expect.any(Number) };
    expect(await verify(token)).toEqual(user);
    expect(await verify(token)).toEqual(user);
    const session = { sid: ids.session, verified: true };
    const newer = await ours.sign({ ...payload, ...session }, { ...intended, expiresAt: inAMinute() });
    expect(await verify(newer)).toEqual({ ...user, sessionId: ids.session, verified: true });
  });

  it('takes no token without a signature', async () => {
    const claims = { ...payload, iss: intended.issuer, aud: intended.audience, exp: Math.floor(Date.now() / 1000) + 60 };
    expect(await verify(`${unsigned({ alg: 'none', kid: 'k1' }, claims)}.`)).toBeUndefined();
  });

  it('takes no token that is signed with the public key as a secret', async () => {
    const claims = { ...payload, iss: intended.issuer, aud: intended.audience, exp: Math.floor(Date.now() / 1000) + 60 };
    const body = unsigned({ alg: 'HS256', kid: 'k1' }, claims);
    const signature = createHmac('sha256', ours.publicJwks).update(body).digest('base64url');
    expect(await verify(`${body}.${signature}`)).toBeUndefined();
  });

  it('takes no token of a key that only has the right name', async () => {
    const forger = await newSigningKeys('k1');
    expect(await verify(await forger.sign(payload, { ...intended, expiresAt: inAMinute() }))).toBeUndefined();
  });

  it('takes no token of an unknown key', async () => {
    const forger = await newSigningKeys('k2');
    expect(await verify(await forger.sign(payload, { ...intended, expiresAt: inAMinute() }))).toBeUndefined();
  });

  it('takes no token with changed claims', async () => {
    const [header, , signature] = (await ours.sign(payload, { ...intended, expiresAt: inAMinute() })).split('.');
    const claims = {
      ...payload,
      roles: ['operator'],
      iss: intended.issuer,
      aud: intended.audience,
      exp: Math.floor(Date.now() / 1000) + 60,
    };
    expect(await verify([header, Buffer.from(JSON.stringify(claims)).toString('base64url'), signature].join('.'))).toBeUndefined();
  });

  it.each([
    ['audience', { ...intended, audience: 'ticketing-pass' }],
    ['issuer', { ...intended, issuer: 'ticketing-queue' }],
  ])('takes no token for another %s', async (_name, meant) => {
    expect(await verify(await ours.sign(payload, { ...meant, expiresAt: inAMinute() }))).toBeUndefined();
  });

  it('takes no token whose claims do not fit', async () => {
    expect(await verify(await ours.sign({ sub: 'admin', roles: [] }, { ...intended, expiresAt: inAMinute() }))).toBeUndefined();
    expect(await verify(await ours.sign({ sub: ids.fan }, { ...intended, expiresAt: inAMinute() }))).toBeUndefined();
  });

  it.each(['', '.', '..', 'a.b.c', 'x'.repeat(5_000)])('takes no nonsense', async (token) => {
    expect(await verify(token)).toBeUndefined();
  });

  it('forgets a token five seconds after it expired', async () => {
    const token = await ours.sign(payload, { ...intended, expiresAt: new Date(clock.now + 60_000) });
    expect(await verify(token)).toBeDefined();
    clock.now += 63_000;
    expect(await verify(token)).toBeDefined();
    clock.now += 3_000;
    expect(await verify(token)).toBeUndefined();
  });

  it('goes on taking tokens of a key that is on its way out beside those of the next', async () => {
    const next = await newSigningKeys('next');
    let published = ours.publicJwks;
    const keys = createKeySet({ name: 'test', log, now: () => clock.now, fetch: () => Promise.resolve(published) });
    const check = createAccessTokens(keys, () => clock.now);
    const expiresAt = new Date(clock.now + 3_600_000);
    const old = await ours.sign(payload, { ...intended, expiresAt });
    expect(await check(old)).toBeDefined();
    published = next.publicJwks.replace(/\]\}$/, `,${ours.publicJwks.slice('{"keys":['.length)}`);
    clock.now += 5 * 60_000 + 1;
    expect(await check(await next.sign(payload, { ...intended, expiresAt: new Date(clock.now + 60_000) }))).toBeDefined();
    expect(await check(old)).toBeDefined();
  });

  it('forgets a known token when its key is withdrawn', async () => {
    const retired = await newSigningKeys('old');
    let signing = retired;
    const check = createAccessTokens(
      keysOf(() => signing),
      () => clock.now,
    );
    const token = await retired.sign(payload, { ...intended, expiresAt: new Date(clock.now + 3_600_000) });
    expect(await check(token)).toBeDefined();
    signing = ours;
    clock.now += 5 * 60_000 + 1;
    await check(await ours.sign(payload, { ...intended, expiresAt: new Date(clock.now + 60_000) }));
    expect(await check(token)).toBeUndefined();
  });
});

describe('queue passes', () => {
  it('says whose it is and for which concert, and is no access token', async () => {
    const check = createQueuePasses(
      keysOf(() => ours),
      { now: () => clock.now },
    );
    const expiresAt = new Date(clock.now + 60_000);
    const pass = await ours.sign(
      { sub: ids.fan, room: ids.concert, epoch: ids.room, place: 7, jti: '1' },
      { issuer: 'ticketing-queue', audience: 'ticketing-pass', expiresAt },
    );
    expect(await check(pass)).toMatchObject({
      id: '1',
      userId: ids.fan,
      concertId: ids.concert,
      epoch: ids.room,
      place: 7,
      signedAt: expect.any(Number),
    });
    expect(await verify(pass)).toBeUndefined();
    expect(await check(await ours.sign(payload, { ...intended, expiresAt }))).toBeUndefined();
  });
});
