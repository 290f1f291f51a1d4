import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createBulkhead, Overloaded } from './bulkhead.ts';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

const settle = () => jest.advanceTimersByTimeAsync(0);

/** A bulkhead with work that ends when it is told to. */
function start() {
  const bulkhead = createBulkhead({ mostAtWork: 2, mostWaiting: 2, longestWaitMs: 100 });
  const begun: string[] = [];
  const refused: string[] = [];
  const ends = new Map<string, (failure?: Error) => void>();
  const waited = new Map<string, number>();
  const ask = (name: string, patienceMs = 1_000): void => {
    const work = (waitedMs: number) =>
      new Promise<void>((resolve, reject) => {
        begun.push(name);
        waited.set(name, waitedMs);
        ends.set(name, (failure) => (failure ? reject(failure) : resolve()));
      });
    bulkhead.run(patienceMs, work).catch((error: unknown) => {
      if (error instanceof Overloaded) refused.push(name);
    });
  };
  const end = async (name: string, failure?: Error): Promise<void> => {
    ends.get(name)?.(failure);
    await settle();
  };
  return { ask, end, begun, refused, waited };
}

describe('a bulkhead', () => {
  it('refuses at once what finds no room to wait, and lets in who waits as others end or fail', async () => {
    const { ask, end, begun, refused } = start();
    for (const name of ['a', 'b', 'c', 'd', 'e']) ask(name);
    await settle();
    expect([begun, refused]).toEqual([['a', 'b'], ['e']]);
    await end('b');
    await end('a', new Error('broken'));
    ask('f');
    await settle();
    expect(begun).toEqual(['a', 'b', 'c', 'd']);
    await end('c');
    await end('d');
    await end('f');
    ask('g');
    ask('h');
    await settle();
    expect(begun).toEqual(['a', 'b', 'c', 'd', 'f', 'g', 'h']);
  });

  it('does not begin what has waited too long, nor what has less patience', async () => {
    const { ask, end, begun, refused, waited } = start();
    for (const name of ['a', 'b', 'c']) ask(name);
    ask('d', 30);
    await jest.advanceTimersByTimeAsync(60);
    expect(refused).toEqual(['d']);
    ask('e');
    await jest.advanceTimersByTimeAsync(40);
    expect(refused).toEqual(['d', 'c']);
    await end('a');
    await end('b');
    expect(begun).toEqual(['a', 'b', 'e']);
    expect(waited.get('e')).toBe(40);
    expect(jest.getTimerCount()).toBe(0);
  });
});
