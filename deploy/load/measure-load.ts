import { type LoopBounds, runClosedLoop, type Task } from './closed-loop.ts';
import { type CpuByProcess, cpuBetween } from './cpu-time.ts';
import { median, quantile } from './statistics.ts';

/** What came of a load. */
export interface Measured {
  /** Tasks a second that ended well. */
  perSecond: number;
  /** CPU milliseconds per task that ended well. */
  cpuMs: CpuByProcess;
  /** Milliseconds of a task. */
  p50: number;
  p95: number;
  /** How often something else than the expected came of a task. */
  unexpected: ReadonlyMap<string, number>;
}

/** What was measured, against a route that does nothing, just before and after. */
export interface Row extends Measured {
  ratio: number;
}

/** How CPU time is counted while a load runs. */
export interface CpuCount {
  cpu: () => CpuByProcess;
  /** Resolves when what the load has left to do is done; until then CPU time counts. */
  settle?: (() => Promise<void>) | undefined;
}

/** Works tasks off within bounds and measures it. */
export async function measureLoad(tasks: Iterator<Task>, bounds: LoopBounds, { cpu, settle }: CpuCount): Promise<Measured> {
  const times: number[] = [];
  const failures = new Map<string, number>();
  const before = cpu();
  const seconds = await runClosedLoop(tasks, bounds, (unexpected, tookMs) => {
    if (unexpected === undefined) times.push(tookMs);
    else failures.set(unexpected, (failures.get(unexpected) ?? 0) + 1);
  });
  await settle?.();
  const cpuMs = cpuBetween(before, cpu(), times.length / 1_000);
  return { perSecond: times.length / seconds, cpuMs, p50: quantile(times, 0.5), p95: quantile(times, 0.95), unexpected: failures };
}

/** What was measured of tasks of `count` things each, per thing. */
export function perItem(measured: Measured, count: number): Measured {
  const cpuMs = new Map([...measured.cpuMs].map(([name, used]) => [name, used / count]));
  return { ...measured, perSecond: measured.perSecond * count, cpuMs };
}

/** The median of each figure; what was unexpected is added up. */
export function medianRow(rows: readonly Row[]): Row {
  const of = (figure: (row: Row) => number): number => median(rows.map(figure));
  const names = new Set(rows.flatMap(({ cpuMs }) => [...cpuMs.keys()]));
  const unexpected = new Map<string, number>();
  for (const [what, count] of rows.flatMap((row) => [...row.unexpected])) unexpected.set(what, (unexpected.get(what) ?? 0) + count);
  return {
    perSecond: of((row) => row.perSecond),
    ratio: of((row) => row.ratio),
    p50: of((row) => row.p50),
    p95: of((row) => row.p95),
    cpuMs: new Map([...names].map((name) => [name, of(({ cpuMs }) => cpuMs.get(name) ?? 0)])),
    unexpected,
  };
}
