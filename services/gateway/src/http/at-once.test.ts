import { describe, expect, it } from '@jest/globals';
import { createAtOnce } from './at-once.ts';

describe('work at once', () => {
  it('is bounded by key, and free again when it ends, however it ends', async () => {
    const atOnce = createAtOnce({ most: 2 });
    let resolve: (value: string) => void = () => undefined;
    const promise = new Promise<string>((done) => {
      resolve = done;
    });
    const first = atOnce.run('a', () => promise);
    const second = atOnce.run('a', () => promise.then(() => Promise.reject(new Error('it failed'))));
    expect(await atOnce.run('a', () => Promise.resolve('third'))).toBeUndefined();
    expect(await atOnce.run('b', () => Promise.resolve('other'))).toBe('other');
    resolve('done');
    expect(await first).toBe('done');
    await expect(second).rejects.toThrow('it failed');
    expect(await atOnce.run('a', () => Promise.resolve('again'))).toBe('again');
  });
});
