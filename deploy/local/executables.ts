import { accessSync, constants } from 'node:fs';
import { delimiter } from 'node:path';
import { StepFailure } from './step-failure.ts';

/** Servers live in sbin, which is not on everybody's PATH. */
const serverFolders = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

export function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export function findExecutable(...names: readonly string[]): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...serverFolders];
  return names.flatMap((name) => folders.map((folder) => `${folder}/${name}`)).find(isExecutable);
}

export function requireExecutable(...names: readonly string[]): string {
  const found = findExecutable(...names);
  if (found) return found;
  throw new StepFailure(`${names.join(' or ')} is not installed`, {
    fix: 'install it, or run npm start as root, which installs it with apt',
  });
}
