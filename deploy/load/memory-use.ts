import { readFileSync } from 'node:fs';
import { readRecords } from '../local/process-record.ts';
import type { ProfileName } from '../local/profile.ts';

const kibibytesPerMebibyte = 1_024;

/** MiB that a process has resident, or had at most. Source: /proc/PID/status. @throws Error when it is gone */
export function residentMiB(pid: number, which: 'now' | 'at most' = 'now'): number {
  const field = which === 'now' ? /^VmRSS:\s+(\d+) kB/m : /^VmHWM:\s+(\d+) kB/m;
  return Number(field.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / kibibytesPerMebibyte;
}

/** How many files and connections a process may have open. */
export function openFilesLimit(pid: number | 'self'): number {
  return Number(/^Max open files\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/limits`, 'utf8'))?.[1] ?? Infinity);
}

/** MiB that each process of the stack has resident now, by its name. */
export function memoryByProcess(profile: ProfileName): ReadonlyMap<string, number> {
  return new Map(readRecords(profile).map(({ name, pid }) => [name, residentMiB(pid)]));
}
