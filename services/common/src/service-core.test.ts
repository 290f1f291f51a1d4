import { describe, expect, it } from '@jest/globals';
import { createLogger } from './log.ts';
import { waitForMigrations } from './service-core.ts';

const log = createLogger({ service: 'test', instance: 'test', level: 'silent' });

describe('waitForMigrations', () => {
  it('waits until they are done, whatever the database says meanwhile', async () => {
    const answers = [new Error('away'), new Error('migrations are missing'), undefined];
    let looks = 0;
    const checkMigrations = (): Promise<void> => {
      const answer = answers[looks++];
      return answer ? Promise.reject(answer) : Promise.resolve();
    };
    await waitForMigrations({ checkMigrations }, log);
    expect(looks).toBe(3);
  });

  it('gives up in time, and says what it was told', async () => {
    const missing = new Error('migrations are missing');
    await expect(waitForMigrations({ checkMigrations: () => Promise.reject(missing) }, log, 1)).rejects.toMatchObject({ cause: missing });
  });
});
