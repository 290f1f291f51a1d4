import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { waitUntilGone } from './managed-process.ts';
import type { ProcessIdentity } from './process-identity.ts';
import { isAlive, processStartTime } from './process-identity.ts';
import type { ProfileName } from './profile.ts';
import { profileFolders } from './profile.ts';
import { StepFailure } from './step-failure.ts';

const identitySchema = z.object({ pid: z.number(), startTime: z.string() });
/** An orderly stop of everything, with the longest grace each part is given. */
const stopTimeoutMs = 120_000;

/** The process that starts, and in the foreground watches and ends, the stack of a profile: there is at most one. */
export function findSupervisor(profile: ProfileName): ProcessIdentity | undefined {
  const file = profileFolders(profile).supervisor;
  if (!existsSync(file)) return undefined;
  const parsed = identitySchema.safeParse(readJsonOrUndefined(file));
  return parsed.success && isAlive(parsed.data) ? parsed.data : undefined;
}

/** A file that was cut short by a crash counts as none. */
function readJsonOrUndefined(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

export function becomeSupervisor(profile: ProfileName): void {
  const other = findSupervisor(profile);
  if (other?.pid === process.pid) return;
  if (other) {
    throw new StepFailure(`process ${other.pid} is starting or watching the ${profile} stack`, {
      fix: 'npm run stop, or wait until it is done',
    });
  }
  const { root, supervisor } = profileFolders(profile);
  mkdirSync(root, { recursive: true, mode: 0o700 });
  rmSync(supervisor, { force: true });
  try {
    // Exclusive: of two starts at the same time only one gets the file.
    writeFileSync(supervisor, JSON.stringify({ pid: process.pid, startTime: processStartTime(process.pid) }), { flag: 'wx', mode: 0o600 });
  } catch {
    throw new StepFailure(`another start of the ${profile} stack has just begun`);
  }
}

export function resignAsSupervisor(profile: ProfileName): void {
  if (findSupervisor(profile)?.pid === process.pid) rmSync(profileFolders(profile).supervisor, { force: true });
}

/** Asks a supervisor in another process to end its stack, and waits for it. */
export async function endSupervisor(profile: ProfileName): Promise<void> {
  const supervisor = findSupervisor(profile);
  if (!supervisor || supervisor.pid === process.pid) return;
  process.kill(supervisor.pid, 'SIGTERM');
  if (await waitUntilGone(supervisor, stopTimeoutMs)) return;
  process.kill(supervisor.pid, 'SIGKILL');
  await waitUntilGone(supervisor, stopTimeoutMs);
}
