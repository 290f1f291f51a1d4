import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { processStartTime } from './process-identity.ts';
import { cacheFolder } from './profile.ts';

/** A hash of the contents of files and folders: what is built from them is named after it. */
export function contentHash(paths: readonly string[]): string {
  const hash = createHash('sha256');
  const add = (path: string): void => {
    if (!statSync(path).isDirectory()) {
      hash.update(readFileSync(path));
      return;
    }
    for (const entry of readdirSync(path).sort()) {
      hash.update(entry);
      add(`${path}/${entry}`);
    }
  };
  paths.forEach(add);
  return hash.digest('hex').slice(0, 16);
}

export function isCached(name: string): boolean {
  return existsSync(`${cacheFolder}/${name}`);
}

/** Builds that this process is at, several at once perhaps. */
const building = new Set<string>();

/**
 * Builds into a name of its own and renames at the end, so that whatever has the final name is complete: a build that
 * was interrupted is never taken for a good one, and two starts at once do not disturb each other.
 */
export async function buildOnce(name: string, build: (target: string) => Promise<void>): Promise<string> {
  const final = `${cacheFolder}/${name}`;
  if (existsSync(final)) return final;
  const entry = `${name}-${process.pid}`;
  const unfinished = `${cacheFolder}/unfinished/${entry}`;
  mkdirSync(`${cacheFolder}/unfinished`, { recursive: true });
  removeAbandonedBuilds();
  building.add(entry);
  try {
    await build(unfinished);
    if (!existsSync(final)) renameSync(unfinished, final);
  } finally {
    building.delete(entry);
    rmSync(unfinished, { recursive: true, force: true });
  }
  return final;
}

/** What a killed start left behind; the names end with the process that was building, whose number this one may have got. */
function removeAbandonedBuilds(): void {
  for (const entry of readdirSync(`${cacheFolder}/unfinished`)) {
    const builder = Number(entry.slice(entry.lastIndexOf('-') + 1));
    const alive = builder === process.pid ? building.has(entry) : processStartTime(builder) !== undefined;
    if (alive) continue;
    rmSync(`${cacheFolder}/unfinished/${entry}`, { recursive: true, force: true });
  }
}
