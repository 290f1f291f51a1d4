import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { claimRequest, dropClaim } from './request-claim.ts';
import { createMemoryStore } from './testing/memory-store.ts';

let now: number;
beforeEach(() => {
  now = 1_000_000;
  jest.spyOn(Date, 'now').mockImplementation(() => now);
});
afterEach(() => {
  jest.restoreAllMocks();
});

const id = 'a request';

async function firstClaim(store: Parameters<typeof claimRequest>[0]) {
  const claim = await claimRequest(store, id);
  if (claim === 'twin') throw new Error('somebody has claimed it');
  return claim;
}

describe('a claim of a request', () => {
  it('turns twins away while it is fresh, and is void when its time is over, although its time to live was lost', async () => {
    const { store } = createMemoryStore();
    await firstClaim(store);
    now += 11_999;
    expect(await claimRequest(store, id)).toBe('twin');
    now += 1;
    await firstClaim(store);
    // The next one has taken its place, and shields the request again.
    expect(await claimRequest(store, id)).toBe('twin');
  });

  it.each([1, { claimedAt: 'yesterday' }, { nonce: 'one' }, null])('is void where it says no time: %j', async (value) => {
    const { store } = createMemoryStore();
    await store.createState(`idempotency:${id}`, value);
    await firstClaim(store);
    expect(await claimRequest(store, id)).toBe('twin');
  });

  it('is void where its clock was far ahead', async () => {
    const { store } = createMemoryStore();
    await firstClaim(store);
    now -= 3_600_000;
    await firstClaim(store);
  });

  it('that is void goes to one of many who come at once', async () => {
    const { store } = createMemoryStore();
    await store.createState(`idempotency:${id}`, 1);
    const claims = await Promise.all(Array.from({ length: 10 }, () => claimRequest(store, id)));
    expect(claims.filter((claim) => claim !== 'twin')).toHaveLength(1);
  });

  it('is given up by its owner only', async () => {
    const { store, values } = createMemoryStore();
    const late = await firstClaim(store);
    values.clear();
    const other = await firstClaim(store);
    await dropClaim(store, late);
    expect(await claimRequest(store, id)).toBe('twin');
    await dropClaim(store, other);
    await firstClaim(store);
  });

  it('is anybody’s while the store is out', async () => {
    const out = (): Promise<never> => Promise.reject(new Error('the store is out'));
    const { store } = createMemoryStore();
    const claim = await firstClaim({ ...store, createState: out });
    await dropClaim({ ...store, getState: out }, claim);
  });
});
