import { rmSync } from 'node:fs';
import { composeStop } from './infrastructure/docker.ts';
import { endProcess } from './managed-process.ts';
import { isAlive } from './process-identity.ts';
import type { ProcessRecord } from './process-record.ts';
import { readRecords, removeRecord, writeRecord } from './process-record.ts';
import type { ProfileName } from './profile.ts';
import { profileFolders } from './profile.ts';
import type { Progress } from './progress.ts';
import { endSupervisor, findSupervisor } from './supervisor.ts';

/** The reverse of the start: who uses something ends before what it uses. */
const stopOrder: readonly ProcessRecord['kind'][] = ['service', 'sidecar', 'observability', 'infrastructure'];
const titles: Record<ProcessRecord['kind'], string> = {
  service: 'stopping services',
  sidecar: 'stopping sidecars',
  observability: 'stopping observability',
  infrastructure: 'stopping infrastructure',
};

/** Ends every recorded process of the profile and nothing else. `hard` does not ask first. */
export async function stopRecordedProcesses(profile: ProfileName, progress: Progress, hard = false): Promise<void> {
  const records = readRecords(profile);
  // All at first: else the end of one part would look like an accident to whoever watches.
  for (const record of records) writeRecord(profile, { ...record, stopped: true });
  for (const kind of stopOrder) {
    const group = records.filter((record) => record.kind === kind && record.container === undefined);
    const running = group.filter(isAlive);
    const end = () => Promise.all(running.map((record) => endProcess(record, hard ? 'SIGKILL' : 'SIGTERM')));
    if (running.length > 0) await progress.step(titles[kind], end, () => `${running.length} ended`);
  }
  // Databases and brokers, which the others use until they have ended.
  if (records.some(({ container }) => container !== undefined)) await progress.step('stopping containers', () => composeStop(profile));
  for (const { name } of records) removeRecord(profile, name);
  rmSync(profileFolders(profile).description, { force: true });
}

/** Ends the stack of a profile, whoever started it and whether or not its supervisor still lives. */
export async function stopStack(profile: ProfileName, progress: Progress): Promise<void> {
  const supervisor = findSupervisor(profile);
  if (!supervisor && readRecords(profile).length === 0) {
    progress.line(`no ${profile} stack is running`);
    return;
  }
  if (supervisor) await progress.step(`process ${supervisor.pid} is stopping its stack`, () => endSupervisor(profile));
  await stopRecordedProcesses(profile, progress);
}
