import { describe, expect, it } from '@jest/globals';
import { createFailedAttempts } from './failed-attempts.ts';

/** Tries until it is refused, at most `times`; @returns how often it could. */
function setUp() {
  let time = 0;
  const attempts = createFailedAttempts(() => time);
  const fail = (email: string, network: string, times: number): number => {
    for (let tried = 0; tried < times; tried += 1) {
      if (attempts.tooMany(email, network)) return tried;
      attempts.add(email, network);
    }
    return times;
  };
  return {
    fail,
    tooMany: attempts.tooMany,
    wait: (ms: number) => {
      time += ms;
    },
  };
}

describe('wrong passwords', () => {
  it('are bounded for an account and a network, for a minute or two', () => {
    const { fail, tooMany, wait } = setUp();
    expect(fail('fan', 'a', 99)).toBe(10);
    expect(tooMany('other', 'a')).toBe(false);
    wait(120_000);
    expect(fail('fan', 'a', 99)).toBe(10);
  });

  it('never refuse anybody in another network, however many there were', () => {
    const { fail, tooMany } = setUp();
    for (let network = 0; network < 1_000; network += 1) fail('fan', `attacker-${network}`, 99);
    expect(tooMany('fan', 'home')).toBe(false);
  });

  it('are fewer from each network when an account is tried from many', () => {
    const { fail } = setUp();
    expect(['a', 'b', 'c', 'd', 'e'].map((network) => fail('fan', network, 99))).toEqual([10, 10, 10, 3, 3]);
    expect(fail('other', 'd', 99)).toBe(10);
  });

  it('are bounded for a network that tries many accounts', () => {
    const { fail, tooMany } = setUp();
    const tried = Array.from({ length: 999 }, (_, account) => fail(`fan-${account}`, 'a', 1)).reduce((sum, one) => sum + one, 0);
    expect(tried).toBe(300);
    expect(tooMany('nobody', 'a')).toBe(true);
    expect(tooMany('nobody', 'b')).toBe(false);
  });
});
