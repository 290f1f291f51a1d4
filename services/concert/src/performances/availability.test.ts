import { describe, expect, it } from '@jest/globals';
import { createLogger } from '@ticketing/common/log';
import { createAvailability, type FreeSeats } from './availability.ts';

const log = createLogger({ service: 'concert', instance: 'test', level: 'silent' });

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
});
