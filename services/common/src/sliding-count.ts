export interface SlidingCount {
  /** How often it was counted in the last window, about. */
  of: (key: string) => number;
  add: (key: string) => void;
}

interface Options {
  windowMs: number;
  /** Milliseconds; the process's own clock unless a test has another. */
  now?: (() => number) | undefined;
}

/**
 * Counts by key over the last window, about: what was in the window before counts by the part of it that is within. So there is no twice as
 * much around the turn of a window. Keys are forgotten after two windows.
 */
export function createSlidingCount({ windowMs, now = () => performance.now() }: Options): SlidingCount {
  let window = 0;
  let current = new Map<string, number>();
  let previous = new Map<string, number>();
  /** @returns how much of the window before is within the last one's length */
  const turn = (): number => {
    const time = now() / windowMs;
    const started = Math.floor(time);
    if (started !== window) {
      previous = started === window + 1 ? current : new Map<string, number>();
      current = new Map();
      window = started;
    }
    return started + 1 - time;
  };
  return {
    of: (key) => {
      const part = turn();
      return (previous.get(key) ?? 0) * part + (current.get(key) ?? 0);
    },
    add: (key) => {
      turn();
      current.set(key, (current.get(key) ?? 0) + 1);
    },
  };
}
