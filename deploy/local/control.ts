import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { startContainer, stopContainer, wipeContainer } from './infrastructure/docker.ts';
import { endProcess, launchProcess, waitUntilReady } from './managed-process.ts';
import { isAlive } from './process-identity.ts';
import type { ProcessRecord } from './process-record.ts';
import { readRecord, readRecords, writeRecord } from './process-record.ts';
import type { ProfileName } from './profile.ts';

// Control of a running stack from any process: everything is read from the records that the start left.

function requireRecord(profile: ProfileName, name: string): ProcessRecord {
  const record = readRecord(profile, name);
  if (record) return record;
  const names = readRecords(profile).map((known) => known.name);
  throw new Error(`the ${profile} stack has no process "${name}"; it has: ${names.join(', ') || 'none'}`);
}

/** Ends a process on purpose and returns when it is gone; SIGKILL takes it down without a chance to tidy up. */
export async function stopProcess(profile: ProfileName, name: string, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  const record = requireRecord(profile, name);
  writeRecord(profile, { ...record, stopped: true });
  if (record.container !== undefined) await stopContainer(profile, record.container, signal);
  else await endProcess(record, signal);
}

/** Starts a process again with its recorded command and waits until it is ready; one that runs is left alone. */
export async function startProcess(profile: ProfileName, name: string): Promise<ProcessRecord> {
  const record = requireRecord(profile, name);
  if (record.container !== undefined) {
    await startContainer(profile, record.container);
    const started = { ...record, stopped: false };
    writeRecord(profile, started);
    await waitUntilReady(started);
    return started;
  }
  const running = isAlive(record) ? record : await launchProcess(profile, record);
  await waitUntilReady(running);
  return running;
}

/** Ends a process and starts it with more environment than it was recorded with, which it keeps. */
export async function restartProcess(profile: ProfileName, name: string, env: Readonly<Record<string, string>>): Promise<void> {
  await stopProcess(profile, name);
  const record = requireRecord(profile, name);
  writeRecord(profile, { ...record, env: { ...record.env, ...env } });
  await startProcess(profile, name);
}

/** Throws away the data of a stopped part, as if its disk had been lost. */
export async function wipe(profile: ProfileName, name: 'redis' | 'elasticsearch'): Promise<void> {
  const record = requireRecord(profile, name);
  if (record.container !== undefined) {
    await wipeContainer(profile, record.container);
    return;
  }
  if (isAlive(record)) throw new Error(`${name} runs; stop it before its data is wiped`);
  const { data } = record;
  if (data === undefined || !existsSync(data)) return;
  for (const entry of readdirSync(data)) rmSync(`${data}/${entry}`, { recursive: true, force: true });
  mkdirSync(data, { recursive: true });
}
