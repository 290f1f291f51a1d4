import { setTimeout as delay } from 'node:timers/promises';

/** Waits until something is settled, or for so long. @returns whether it is settled */
export async function endsWithin(settled: Promise<unknown>, ms: number): Promise<boolean> {
  const patience = new AbortController();
  const tooLong = delay(ms, false, { signal: patience.signal }).catch(() => false);
  const ended = settled.then(
    () => true,
    () => true,
  );
  const isEnded = await Promise.race([ended, tooLong]);
  patience.abort();
  return isEnded;
}
