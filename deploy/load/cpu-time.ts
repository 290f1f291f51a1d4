import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { readRecords } from '../local/process-record.ts';
import type { ProfileName } from '../local/profile.ts';

// Clock ticks per second that Linux counts CPU time in, on every machine that Node runs on.
const ticksPerSecond = 100;

/** CPU seconds, by the name of a process or of processes that count together. */
export type CpuByProcess = ReadonlyMap<string, number>;

/** The name of this process among the others. */
export const loadGenerator = 'load generator';

/** CPU seconds that a process has used so far, in user and system mode. Source: /proc/PID/stat, fields 14 and 15. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** CPU seconds that this process has used so far. */
export function ownCpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000_000;
}

/**
 * CPU seconds that the processes with these names, and their sidecars, have used so far.
 * @param names for example `gateway`, which counts all its instances
 */
export function servingCpuSeconds(profile: ProfileName, names: readonly string[]): number {
  const serving = readRecords(profile).filter(({ name }) => names.includes(name) || names.some((wanted) => name.startsWith(`${wanted}-`)));
  return serving.reduce((sum, { pid }) => sum + cpuSeconds(pid), 0);
}

/** CPU seconds used so far by each part of the stack, instances together: `payment`, `daprd-payment`, `mariadb`; and by this process. */
export function cpuByProcess(profile: ProfileName): CpuByProcess {
  const used = new Map<string, number>();
  for (const { kind, name, pid } of readRecords(profile)) {
    const part = partOf(kind, name);
    used.set(part, (used.get(part) ?? 0) + cpuSeconds(pid));
  }
  return used.set(loadGenerator, ownCpuSeconds());
}

function partOf(kind: string, name: string): string {
  const service = name.replace(/-\d+(-dapr)?$/, '');
  return kind === 'sidecar' ? `daprd-${service}` : service;
}

/** What was used between two looks. @param per what to divide it by */
export function cpuBetween(before: CpuByProcess, after: CpuByProcess, per = 1): CpuByProcess {
  return new Map([...after].map(([name, seconds]) => [name, (seconds - (before.get(name) ?? 0)) / per]));
}

/** The sum over all processes but this one. */
export function servingCpu(cpu: CpuByProcess): number {
  return [...cpu].reduce((sum, [name, used]) => (name === loadGenerator ? sum : sum + used), 0);
}

/** How much of a core each part of the stack takes while nothing is asked of it. @param seconds to measure for */
export async function idleCpu(profile: ProfileName, seconds: number, signal: AbortSignal): Promise<CpuByProcess> {
  const before = cpuByProcess(profile);
  await delay(seconds * 1_000, undefined, { signal });
  return cpuBetween(before, cpuByProcess(profile), seconds);
}
