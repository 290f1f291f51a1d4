import { createCounter } from '@ticketing/common/telemetry';
import { createFairLine } from './fair-line.ts';

const hashes = createCounter(
  'ticketing_password_hashes_total',
  'Asked password hashes by outcome: done, or refused because too many were asked',
);

export interface HashLineLimits {
  mostAtWork: number;
  mostWaiting: number;
  /** Whoever has waited so long is refused: the caller has given up, or soon will. */
  longestWaitMs: number;
}

export interface HashLine {
  /**
   * Runs work that hashes a password, at once or in its turn. Networks take turns, so that one that asks much waits for itself; when all
   * places are taken, the one that has most of them gives one up.
   * @returns undefined when it was refused and not begun
   */
  run: <T>(network: string, work: () => Promise<T>) => Promise<T | undefined>;
}

interface Waiting {
  begin: () => void;
  refuse: () => void;
}

/** Bounds how many passwords are hashed at a time and how many wait for it, in this process. */
export function createHashLine({ mostAtWork, mostWaiting, longestWaitMs }: HashLineLimits): HashLine {
  const line = createFairLine<Waiting>();
  let atWork = 0;

  const perform = async <T>(work: () => Promise<T>): Promise<T> => {
    atWork += 1;
    try {
      return await work();
    } finally {
      atWork -= 1;
      hashes.add(1, { outcome: 'done' });
      line.next()?.begin();
    }
  };
  const waitFor = <T>(network: string, work: () => Promise<T>): Promise<T | undefined> =>
    new Promise((resolve, reject) => {
      const waiting: Waiting = {
        begin: () => {
          clearTimeout(timer);
          perform(work).then(resolve, reject);
        },
        refuse: () => {
          clearTimeout(timer);
          line.remove(network, waiting);
          resolve(refuse());
        },
      };
      const timer = setTimeout(waiting.refuse, longestWaitMs);
      line.push(network, waiting);
    });

  return {
    run: async (network, work) => {
      if (atWork < mostAtWork) return perform(work);
      if (line.size() >= mostWaiting) {
        const richer = line.richer(network);
        if (!richer) return refuse();
        richer.refuse();
      }
      return waitFor(network, work);
    },
  };
}

function refuse(): undefined {
  hashes.add(1, { outcome: 'refused' });
}
