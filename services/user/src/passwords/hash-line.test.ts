import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createHashLine, type HashLineLimits } from './hash-line.ts';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

const settle = () => jest.advanceTimersByTimeAsync(0);

/** A line whose work ends when it is told to; `done` and `refused` have the names of what was asked. */
function startLine(limits: Partial<HashLineLimits> = {}) {
  const line = createHashLine({ mostAtWork: 2, mostWaiting: 4, longestWaitMs: 1_000, ...limits });
  const atWork = new Map<string, { end: () => void; fail: () => void }>();
  const begun: string[] = [];
  const refused: string[] = [];
  const failed: string[] = [];
  const ask = (...names: string[]): void => {
    for (const name of names) {
      const work = () =>
        new Promise<string>((resolve, reject) => {
          begun.push(name);
          atWork.set(name, { end: () => resolve(name), fail: () => reject(new Error(name)) });
        });
      line.run(name.charAt(0), work).then(
        (outcome) => outcome ?? refused.push(name),
        () => failed.push(name),
      );
    }
  };
  const take = (name: string) => {
    const work = atWork.get(name);
    atWork.delete(name);
    return work;
  };
  const end = async (...names: string[]): Promise<void> => {
    for (const name of names) {
      take(name)?.end();
      await settle();
    }
  };
  const fail = async (name: string): Promise<void> => {
    take(name)?.fail();
    await settle();
  };
  return { ask, end, fail, begun, refused, failed };
}

describe('a line of passwords', () => {
  it('works on so many at a time and refuses at once what finds no place', async () => {
    const { ask, end, begun, refused } = startLine();
    ask('a1', 'a2', 'a3', 'a4', 'a5', 'a6', 'a7');
    await settle();
    expect(begun).toEqual(['a1', 'a2']);
    expect(refused).toEqual(['a7']);
    await end('a1', 'a2', 'a3');
    expect(begun).toEqual(['a1', 'a2', 'a3', 'a4', 'a5']);
    expect(refused).toEqual(['a7']);
  });

  it('lets networks take turns, so that one which floods waits for itself', async () => {
    const { ask, end, begun } = startLine({ mostAtWork: 1, mostWaiting: 9 });
    ask('a1', 'a2', 'a3', 'a4', 'b1', 'b2', 'c1');
    await end('a1', 'a2', 'b1', 'c1', 'a3', 'b2', 'a4');
    expect(begun).toEqual(['a1', 'a2', 'b1', 'c1', 'a3', 'b2', 'a4']);
  });

  it('takes a place from the network that has most, when all are taken', async () => {
    const { ask, end, begun, refused } = startLine({ mostAtWork: 1 });
    ask('a1', 'a2', 'a3', 'a4', 'a5', 'b1', 'b2', 'b3', 'c1', 'd1', 'e1');
    await settle();
    expect(refused.toSorted()).toEqual(['a3', 'a4', 'a5', 'b2', 'b3', 'e1']);
    await end('a1', 'a2', 'b1', 'c1', 'd1');
    expect(begun).toEqual(['a1', 'a2', 'b1', 'c1', 'd1']);
  });

  it('does not begin what has waited too long', async () => {
    const { ask, end, begun, refused } = startLine({ mostAtWork: 1 });
    ask('a1', 'a2', 'b1');
    await jest.advanceTimersByTimeAsync(999);
    ask('a3');
    await jest.advanceTimersByTimeAsync(1);
    expect(refused).toEqual(['a2', 'b1']);
    await end('a1', 'a3');
    expect(begun).toEqual(['a1', 'a3']);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('goes on after work that fails', async () => {
    const { ask, fail, end, begun, failed } = startLine({ mostAtWork: 1 });
    ask('a1', 'a2', 'a3');
    await fail('a1');
    await fail('a2');
    await end('a3');
    ask('b1');
    expect(failed).toEqual(['a1', 'a2']);
    expect(begun).toEqual(['a1', 'a2', 'a3', 'b1']);
  });
});
