/** What a process had resident some seconds after the load began. */
export interface MemorySample {
  second: number;
  mebibytes: ReadonlyMap<string, number>;
}

/** What a process had resident early and late. */
export interface MemoryGrowth {
  name: string;
  early: number;
  late: number;
  /** 0.1 for a tenth more. */
  growth: number;
  isBounded: boolean;
}

export interface Around {
  second: number;
  /** Before and after it. */
  withinSeconds: number;
}

const mostGrowth = 0.1;

/**
 * Compares what processes had resident around two moments: the least of several looks each, because Node lets its heap grow until it
 * collects, and what counts is what is left then.
 */
export function compareMemory(samples: readonly MemorySample[], early: Around, late: Around): MemoryGrowth[] {
  const before = leastAround(samples, early);
  const after = leastAround(samples, late);
  return [...before].flatMap(([name, early]) => {
    const late = after.get(name);
    if (late === undefined) return [];
    const growth = late / early - 1;
    return [{ name, early, late, growth, isBounded: growth <= mostGrowth }];
  });
}

function leastAround(samples: readonly MemorySample[], { second, withinSeconds }: Around): Map<string, number> {
  const least = new Map<string, number>();
  for (const sample of samples) {
    if (Math.abs(sample.second - second) > withinSeconds) continue;
    for (const [name, used] of sample.mebibytes) least.set(name, Math.min(used, least.get(name) ?? Infinity));
  }
  return least;
}
