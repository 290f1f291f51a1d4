import { setTimeout as delay } from 'node:timers/promises';
import { isAlive } from './process-identity.ts';
import { readRecords } from './process-record.ts';
import type { ProfileName } from './profile.ts';

const watchIntervalMs = 1_000;

/**
 * Reports each process that dies without having been stopped, once, until the signal. It looks at the records and not at
 * child processes, so that a part that another process started again is watched too.
 */
export async function watchStack(profile: ProfileName, signal: AbortSignal, report: (line: string) => void): Promise<void> {
  const reported = new Set<string>();
  while (!signal.aborted) {
    for (const record of readRecords(profile)) {
      const key = `${record.name} ${record.pid} ${record.startTime}`;
      if (record.stopped || record.container !== undefined || reported.has(key) || isAlive(record)) continue;
      reported.add(key);
      report(`✗ ${record.name} (process ${record.pid}) has died; its log: ${record.log}`);
    }
    await delay(watchIntervalMs, undefined, { signal }).catch(() => undefined);
  }
}
