import { readFileSync } from 'node:fs';
import { readRecords } from '../local/process-record.ts';
import type { ProfileName } from '../local/profile.ts';

// Clock ticks per second that Linux counts CPU time in, on every machine that Node runs on.
const ticksPerSecond = 100;

/** CPU seconds that a process has used so far, in user and system mode. Source: /proc/PID/stat, fields 14 and 15. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/**
 * CPU seconds that the processes with these names, and their sidecars, have used so far.
 * @param names for example `gateway`, which counts all its instances
 */
export function servingCpuSeconds(profile: ProfileName, names: readonly string[]): number {
  const serving = readRecords(profile).filter(({ name }) => names.includes(name) || names.some((wanted) => name.startsWith(`${wanted}-`)));
  return serving.reduce((sum, { pid }) => sum + cpuSeconds(pid), 0);
}

/** CPU seconds by part of the stack: the services by their names, `sidecars` all together, and what stands behind by its process. */
export function cpuSecondsByPart(profile: ProfileName): Map<string, number> {
  const parts = new Map<string, number>();
  for (const { kind, name, pid } of readRecords(profile)) {
    const part = kind === 'sidecar' ? 'sidecars' : kind === 'service' ? name.replace(/-\d+$/, '') : name;
    parts.set(part, (parts.get(part) ?? 0) + cpuSeconds(pid));
  }
  return parts;
}
