import { type CpuByProcess, loadGenerator, servingCpu } from './cpu-time.ts';
import type { Row } from './measure-load.ts';

/** A table in Markdown; all columns but the first and the last are of numbers. */
export function formatRows(rows: ReadonlyMap<string, Row>): string {
  const columns = ['load', '/s', 'ratio', 'CPU ms', 'load generator ms', 'p50 ms', 'p95 ms', 'unexpected', 'CPU ms by process'];
  const lines = [...rows].map(([name, { perSecond, ratio, cpuMs, p50, p95, unexpected }]) => [
    name,
    perSecond.toFixed(0),
    ratio.toFixed(3),
    figure(servingCpu(cpuMs)),
    figure(cpuMs.get(loadGenerator) ?? 0),
    p50.toFixed(1),
    p95.toFixed(1),
    [...unexpected].map(([what, count]) => `${count} × ${what}`).join(', '),
    formatShares(cpuMs, figure),
  ]);
  return [columns, columns.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** The parts in the order of what they used; those below a hundredth of the whole are left out. */
export function formatShares(cpu: CpuByProcess, format: (used: number) => string): string {
  const whole = servingCpu(cpu);
  return [...cpu]
    .filter(([name, used]) => name !== loadGenerator && used > 0 && used >= whole / 100)
    .toSorted(([, a], [, b]) => b - a)
    .map(([name, used]) => `${name} ${format(used)}`)
    .join(', ');
}

function figure(milliseconds: number): string {
  return milliseconds.toFixed(milliseconds < 10 ? 2 : 1);
}
