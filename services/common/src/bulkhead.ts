/** The limit of concurrent work is reached; this work was not begun. */
export class Overloaded extends Error {
  override readonly name = 'Overloaded';
}

export interface BulkheadLimits {
  mostAtWork: number;
  mostWaiting: number;
  longestWaitMs: number;
}

export interface Bulkhead {
  /**
   * Runs work when there is room for it.
   * @param patienceMs in place of the longest wait, where it is shorter
   * @param work is told how long it has waited
   * @throws Overloaded at once when too many wait, or after a wait that was too long
   */
  run: <T>(patienceMs: number, work: (waitedMs: number) => Promise<T>) => Promise<T>;
}

/** Bounds how much slow work runs at a time, so that other work has capacity left. Waiting work begins first come, first served. */
export function createBulkhead({ mostAtWork, mostWaiting, longestWaitMs }: BulkheadLimits): Bulkhead {
  const waiting = new Set<() => void>();
  let atWork = 0;

  const wait = (patienceMs: number): Promise<void> =>
    new Promise((resolve, reject) => {
      const begin = (): void => {
        clearTimeout(timer);
        waiting.delete(begin);
        resolve();
      };
      const giveUp = (): void => {
        waiting.delete(begin);
        reject(new Overloaded('waited too long'));
      };
      const timer = setTimeout(giveUp, Math.min(patienceMs, longestWaitMs));
      waiting.add(begin);
    });
  /** The room goes to the next one, or is free. */
  const leave = (): void => {
    const [next] = waiting;
    if (next) next();
    else atWork -= 1;
  };

  return {
    run: async (patienceMs, work) => {
      let waitedMs = 0;
      if (atWork < mostAtWork) atWork += 1;
      else if (waiting.size >= mostWaiting) throw new Overloaded('too many wait');
      else {
        const since = performance.now();
        await wait(patienceMs);
        waitedMs = performance.now() - since;
      }
      try {
        return await work(waitedMs);
      } finally {
        leave();
      }
    },
  };
}
