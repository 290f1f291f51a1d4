interface Options {
  /** Requests of one key in a second. */
  most: number;
  /** Milliseconds; the process's own clock unless a test has another. */
  now?: () => number;
}

const windowMs = 1_000;

/**
 * Counts requests by key over the last second, about: those of the second before count by the part of it that is within. So nobody has
 * twice as many around the turn of a second. Keys are forgotten after two seconds.
 * @returns counts one more, unless it would be one too many: then false
 */
export function createSlidingLimit({ most, now = () => performance.now() }: Options): (key: string) => boolean {
  let window = 0;
  let current = new Map<string, number>();
  let previous = new Map<string, number>();
  return (key) => {
    const time = now() / windowMs;
    const started = Math.floor(time);
    if (started !== window) {
      previous = started === window + 1 ? current : new Map<string, number>();
      current = new Map();
      window = started;
    }
    const counted = current.get(key) ?? 0;
    const before = (previous.get(key) ?? 0) * (started + 1 - time);
    if (before + counted + 1 > most) return false;
    current.set(key, counted + 1);
    return true;
  };
}
