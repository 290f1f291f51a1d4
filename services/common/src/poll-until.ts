import { setTimeout as delay } from 'node:timers/promises';

/** Looks again and again, at growing distances, until there is something or the time is up. */
export async function pollUntil<T>(look: () => Promise<T | undefined>, timeoutMs: number): Promise<T | undefined> {
  const deadline = performance.now() + timeoutMs;
  for (let pause = 10; performance.now() < deadline; pause = Math.min(pause * 2, 250)) {
    const found = await look();
    if (found !== undefined) return found;
    await delay(pause);
  }
  return undefined;
}
