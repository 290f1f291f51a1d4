import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/** A pid may be used again by another process; pid and start time together are never. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startTime: string;
}

const hasProc = existsSync('/proc/self/stat');

/** When the process began, or undefined when it is gone (a zombie is gone: it only waits to be reaped). */
export function processStartTime(pid: number): string | undefined {
  return hasProc ? startTimeFromProc(pid) : startTimeFromPs(pid);
}

function startTimeFromProc(pid: number): string | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // The command name may hold spaces and brackets; the fields after it are counted from its last bracket.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state] = fields;
  return state === 'Z' || state === 'X' ? undefined : fields[19];
}

function startTimeFromPs(pid: number): string | undefined {
  try {
    const [state, ...started] = execFileSync('ps', ['-o', 'state=,lstart=', '-p', String(pid)], { encoding: 'utf8' })
      .trim()
      .split(/\s+/);
    return state?.startsWith('Z') ? undefined : started.join(' ');
  } catch {
    return undefined;
  }
}

export function isAlive(identity: ProcessIdentity): boolean {
  return processStartTime(identity.pid) === identity.startTime;
}

/** Signals the process and its group, and only if it still is the process that was recorded. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals, wholeGroup: boolean): boolean {
  if (!isAlive(identity)) return false;
  try {
    return process.kill(wholeGroup ? -identity.pid : identity.pid, signal);
  } catch {
    return false;
  }
}
