import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import type { ProfileName } from './profile.ts';
import { profileFolders } from './profile.ts';
import { readinessSchema } from './readiness.ts';

const recordSchema = z.object({
  name: z.string(),
  kind: z.enum(['infrastructure', 'observability', 'sidecar', 'service']),
  /** A container of the compose project instead of a process of ours: `pid` is 0 then. */
  container: z.string().optional(),
  pid: z.number().int(),
  startTime: z.string(),
  command: z.string(),
  args: z.array(z.string()),
  env: z.record(z.string(), z.string()),
  cwd: z.string(),
  log: z.string(),
  data: z.string().optional(),
  readiness: readinessSchema,
  readyTimeoutMs: z.number(),
  stopTimeoutMs: z.number(),
  /** Set before a process is ended on purpose, so that its death alarms nobody. */
  stopped: z.boolean(),
});

/** What is needed to find, end and start again one process, from any other process. */
export type ProcessRecord = z.infer<typeof recordSchema>;
export type ProcessSpec = Omit<ProcessRecord, 'pid' | 'startTime' | 'stopped'>;

function recordFile(profile: ProfileName, name: string): string {
  return `${profileFolders(profile).run}/${name}.json`;
}

/** Written to a file beside it and renamed: a reader never sees half a file. Only the owner may read it. */
export function writePrivateFile(file: string, content: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const unfinished = `${file}.${process.pid}.tmp`;
  writeFileSync(unfinished, content, { mode: 0o600 });
  renameSync(unfinished, file);
}

export function writeRecord(profile: ProfileName, record: ProcessRecord): void {
  writePrivateFile(recordFile(profile, record.name), JSON.stringify(record, null, 2));
}

export function readRecord(profile: ProfileName, name: string): ProcessRecord | undefined {
  const file = recordFile(profile, name);
  if (!existsSync(file)) return undefined;
  return recordSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
}

export function readRecords(profile: ProfileName): ProcessRecord[] {
  const { run } = profileFolders(profile);
  if (!existsSync(run)) return [];
  const names = readdirSync(run).filter((file) => file.endsWith('.json'));
  return names.flatMap((file) => readRecord(profile, file.slice(0, -'.json'.length)) ?? []);
}

export function removeRecord(profile: ProfileName, name: string): void {
  rmSync(recordFile(profile, name), { force: true });
}
