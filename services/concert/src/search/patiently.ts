import { setTimeout as delay } from 'node:timers/promises';
import { SearchIndexFailed } from './search-index.ts';

const attempts = 8;
// Longer than the circuit breaker stays open, so that trying does not keep it from closing for those who search.
const usualPauseMs = 6_000;
const tooBusy = 429;

/** Does what may be done twice again while Elasticsearch is out. Throws SearchIndexFailed in the end, or at once when it was refused; and when the signal is aborted. */
export async function patiently<T>(work: () => Promise<T>, { signal, pauseMs = usualPauseMs }: Patience): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    signal?.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      if (attempt >= attempts || !(error instanceof SearchIndexFailed) || isRefused(error)) throw error;
    }
    // An aborted pause ends at once, and the next round throws.
    await delay(pauseMs, undefined, { signal }).catch(() => undefined);
  }
}

// Asked again, it would be refused again, and refusals open the circuit breaker for those who search.
function isRefused({ status }: SearchIndexFailed): boolean {
  return status >= 400 && status < 500 && status !== tooBusy;
}

export interface Patience {
  signal?: AbortSignal | undefined;
  /** Between two tries. */
  pauseMs?: number;
}
