import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { createLogger } from '@ticketing/common/log';
import { createAvailability, type FreeSeats } from './availability.ts';

const log = createLogger({ service: 'concert', instance: 'test', level: 'silent' });

let now = 1_000_000;
afterEach(() => {
  jest.restoreAllMocks();
});

describe('availability', () => {
  it('asks once for everybody who looks at the same time', async () => {
    let asked = 0;
    const availability = createAvailability((): Promise<FreeSeats> => {
      asked += 1;
      return Promise.resolve(new Map([['p', 7]]));
    }, log);
    const answers = await Promise.all(Array.from({ length: 50 }, () => availability.ofConcert('c')));
    expect(asked).toBe(1);
    expect(answers.every((answer) => answer.get('p') === 7)).toBe(true);
  });

  it('knows nothing, and does not fail, while the owner of the seats is out', async () => {
    const availability = createAvailability(() => Promise.reject(new Error('out')), log);
    expect((await availability.ofConcert('c')).size).toBe(0);
  });

  it('remembers what was known while the owner of the seats is out', async () => {
    jest.spyOn(performance, 'now').mockImplementation(() => now);
    let out = false;
    const availability = createAvailability(() => (out ? Promise.reject(new Error('out')) : Promise.resolve(new Map([['p', 7]]))), log);
    await availability.ofConcert('c');
    out = true;
    now += 1_001;
    expect((await availability.ofConcert('c')).get('p')).toBe(7);
  });

  it('answers everybody, although it can remember only some of so many concerts', async () => {
    const waiting: (() => void)[] = [];
    const ask = (concertId: string): Promise<FreeSeats> =>
      new Promise((resolve) => waiting.push(() => resolve(new Map([[`p of ${concertId}`, 7]]))));
    const availability = createAvailability(ask, log);
    const concerts = Array.from({ length: 2_500 }, (_, index) => `c${index}`);
    const asked = concerts.map((concertId) => availability.ofConcert(concertId));
    for (const answer of waiting) answer();
    const answers = await Promise.all(asked);
    expect(answers.filter((answer, index) => answer.get(`p of c${index}`) === 7)).toHaveLength(concerts.length);
  });
});
