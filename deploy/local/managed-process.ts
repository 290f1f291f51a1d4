import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ProcessIdentity } from './process-identity.ts';
import { isAlive, processStartTime, signalProcess } from './process-identity.ts';
import type { ProcessRecord, ProcessSpec } from './process-record.ts';
import { writeRecord } from './process-record.ts';
import type { ProfileName } from './profile.ts';
import { probe } from './readiness.ts';
import { StepFailure } from './step-failure.ts';

const pollIntervalMs = 100;
const inheritedVariables = ['PATH', 'HOME', 'USER', 'LANG', 'TMPDIR'];

/** Children get a known environment, not whatever the shell of the day holds. */
function childEnvironment(extra: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const environment: NodeJS.ProcessEnv = { TZ: 'UTC' };
  for (const name of inheritedVariables) {
    if (process.env[name] !== undefined) environment[name] = process.env[name];
  }
  return { ...environment, ...extra };
}

/**
 * Starts the process in a group of its own, so that a Ctrl-C on the terminal reaches only the supervisor, which then
 * ends everything in order. The record is written before anything else can fail.
 */
export async function launchProcess(profile: ProfileName, spec: ProcessSpec): Promise<ProcessRecord> {
  mkdirSync(dirname(spec.log), { recursive: true });
  const log = openSync(spec.log, 'a', 0o600);
  const child = spawn(spec.command, spec.args, {
    cwd: spec.cwd,
    env: childEnvironment(spec.env),
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  child.unref();
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error) => reject(new StepFailure(`${spec.name} cannot be run: ${error.message}`)));
  });
  const pid = child.pid ?? 0;
  const record: ProcessRecord = { ...spec, pid, startTime: processStartTime(pid) ?? 'exited', stopped: false };
  writeRecord(profile, record);
  return record;
}

export interface WaitOptions {
  readonly signal?: AbortSignal | undefined;
  readonly fix?: string | undefined;
}

/** Waits until the part answers its readiness question; fails at once when its process ends. */
export async function waitUntilReady(record: ProcessRecord, options: WaitOptions = {}): Promise<void> {
  const deadline = Date.now() + record.readyTimeoutMs;
  for (;;) {
    options.signal?.throwIfAborted();
    const alive = record.container !== undefined || isAlive(record);
    if (!alive) throw new StepFailure(`${record.name} ended while starting`, { log: record.log, fix: options.fix });
    const reason = await probe(record.readiness);
    if (reason === undefined) return;
    if (Date.now() > deadline) {
      const waited = Math.round(record.readyTimeoutMs / 1000);
      throw new StepFailure(`${record.name} is not ready after ${waited} s: ${reason}`, { log: record.log, fix: options.fix });
    }
    await delay(pollIntervalMs);
  }
}

/** True when the process is gone before the time is over. */
export async function waitUntilGone(identity: ProcessIdentity, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (isAlive(identity)) {
    if (Date.now() > deadline) return false;
    await delay(pollIntervalMs / 2);
  }
  return true;
}

/** Asks with the signal, insists with SIGKILL. Does nothing to a process that is no longer the recorded one. */
export async function endProcess(record: ProcessRecord, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (!signalProcess(record, signal, signal === 'SIGKILL')) return;
  if (await waitUntilGone(record, record.stopTimeoutMs)) return;
  signalProcess(record, 'SIGKILL', true);
  await waitUntilGone(record, record.stopTimeoutMs);
}
