import { describe, expect, it } from '@jest/globals';
import { createLogger } from '@ticketing/common/log';
import { newSigningKeys } from '../testing/start-gateway.ts';
import { createKeySet } from './key-set.ts';

const log = createLogger({ service: 'gateway', instance: 'test', level: 'silent' });

async function keySetOf(kid: string) {
  const source = { document: (await newSigningKeys(kid)).publicJwks, down: false, calls: 0, now: 1_000_000 };
  const keys = createKeySet({
    name: 'test',
    log,
    now: () => source.now,
    fetch: () => {
      source.calls += 1;
      return source.down ? Promise.reject(new Error('down')) : Promise.resolve(source.document);
    },
  });
  return { source, keys };
}

describe('key set', () => {
  it('fetches once for many concurrent tokens', async () => {
    const { source, keys } = await keySetOf('a');
    const found = await Promise.all(Array.from({ length: 50 }, () => keys.find('a')));
    expect(found.every((key) => key !== undefined)).toBe(true);
    expect(source.calls).toBe(1);
  });

  it('throws while no keys were ever fetched, and recovers', async () => {
    const { source, keys } = await keySetOf('a');
    source.down = true;
    await expect(keys.find('a')).rejects.toThrow('down');
    source.down = false;
    expect(await keys.find('a')).toBeDefined();
  });

  it('looks for an unknown id, but not more often than every five seconds', async () => {
    const { source, keys } = await keySetOf('a');
    await keys.find('a');
    source.document = (await newSigningKeys('b')).publicJwks;
    expect(await keys.find('b')).toBeUndefined();
    source.now += 5_001;
    expect(await keys.find('b')).toBeDefined();
    for (let attempt = 0; attempt < 20; attempt += 1) expect(await keys.find(`forged-${attempt}`)).toBeUndefined();
    expect(source.calls).toBe(2);
  });

  it('keeps the old keys while their owner is down', async () => {
    const { source, keys } = await keySetOf('a');
    await keys.find('a');
    source.down = true;
    source.now += 6 * 60_000;
    expect(await keys.find('a')).toBeDefined();
    expect(await keys.find('unknown')).toBeUndefined();
    expect(source.calls).toBe(2);
  });

  it('forgets a withdrawn key after five minutes', async () => {
    const { source, keys } = await keySetOf('a');
    await keys.find('a');
    source.document = (await newSigningKeys('b')).publicJwks;
    source.now += 5 * 60_000 + 1;
    expect(await keys.find('b')).toBeDefined();
    expect(await keys.find('a')).toBeUndefined();
  });
});
