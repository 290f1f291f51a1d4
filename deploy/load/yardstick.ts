import { inTurn, type LoopBounds, requestsWith } from './closed-loop.ts';
import { cpuSeconds, loadGenerator, ownCpuSeconds } from './cpu-time.ts';
import { type Measured, measureLoad, type Row } from './measure-load.ts';
import { startNoopRoute } from './noop-route.ts';

/** A route that does nothing, which tells what the machine has to give at the time. */
export interface Yardstick {
  /** Measures the route before and after something, and sets that in proportion to both. */
  beside: (measure: () => Promise<Measured>) => Promise<Row>;
  /** What the route itself came to, each time. */
  seen: readonly Row[];
  stop: () => void;
}

const secondsEach = 2;
const warmUpSeconds = 2;

/** @param bounds of the loads that are measured beside it */
export async function openYardstick(bounds: Pick<LoopBounds, 'connections' | 'signal'>): Promise<Yardstick> {
  const { url, pid, stop } = await startNoopRoute();
  const { origin, pathname } = new URL(url);
  const tasks = requestsWith(200, inTurn([{ method: 'GET', path: pathname }]));
  const cpu = (): ReadonlyMap<string, number> =>
    new Map([
      ['Express', cpuSeconds(pid)],
      [loadGenerator, ownCpuSeconds()],
    ]);
  const seen: Row[] = [];
  const measure = (seconds: number): Promise<Measured> => measureLoad(tasks, { ...bounds, url: origin, seconds, most: Infinity }, { cpu });
  const look = async (): Promise<number> => {
    const measured = await measure(secondsEach);
    seen.push({ ...measured, ratio: 1 });
    return measured.perSecond;
  };
  await measure(warmUpSeconds);
  return {
    seen,
    stop,
    beside: async (something) => {
      const before = await look();
      const measured = await something();
      const after = await look();
      return { ...measured, ratio: measured.perSecond / ((before + after) / 2) };
    },
  };
}
