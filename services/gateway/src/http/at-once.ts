/** Counts what is under way by key. */
export interface AtOnce {
  /** Does the work, or answers undefined at once where the key has as much under way as it may. */
  run: <T>(key: string, work: () => Promise<T>) => Promise<T | undefined>;
}

export function createAtOnce({ most }: { most: number }): AtOnce {
  const underWay = new Map<string, number>();
  return {
    run: async (key, work) => {
      const count = underWay.get(key) ?? 0;
      if (count >= most) return undefined;
      underWay.set(key, count + 1);
      try {
        return await work();
      } finally {
        const left = (underWay.get(key) ?? 1) - 1;
        if (left > 0) underWay.set(key, left);
        else underWay.delete(key);
      }
    },
  };
}
