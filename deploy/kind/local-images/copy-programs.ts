import { execFile } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, symlinkSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';

const execute = promisify(execFile);
const failedOutput = z.object({ stdout: z.string() });
const programFolders = ['/usr/bin', '/usr/sbin'];
const merged = ['bin', 'sbin', 'lib', 'lib64'];

/** The folders that every program expects, joined as Debian joins them. */
export function prepareTree(layer: string): void {
  for (const folder of merged) {
    mkdirSync(`${layer}/usr/${folder}`, { recursive: true });
    symlinkSync(`usr/${folder}`, `${layer}/${folder}`);
  }
  for (const folder of ['etc', 'run', 'tmp']) mkdirSync(`${layer}/${folder}`);
}

/** Runs a program of the tree within it, so that links and libraries are those of the tree. */
async function within(root: string, ...command: string[]): Promise<string> {
  const { stdout } = await execute('chroot', [root, ...command]);
  return stdout;
}

/** Libraries of a folder that the files use; libraries that they bring along themselves lie elsewhere. */
async function librariesOf(root: string, files: readonly string[]): Promise<string[]> {
  // Ends with an error when one of the files is static, and has told about the others then.
  const output = await within(root, 'ldd', ...files).catch((error: unknown) => failedOutput.parse(error).stdout);
  const found = [...output.matchAll(/(?:=> |^\s+)(\/(?:usr\/)?lib(?:64)?\/\S+) \(0x/gm)].flatMap(([, library]) => library ?? []);
  return [...new Set(found)].sort();
}

/** Copies files of a tree, with what their links lead to in place of the links. */
async function copyFiles(root: string, files: readonly string[], target: (file: string) => string): Promise<void> {
  if (files.length === 0) return;
  const sources = (await within(root, 'realpath', ...files)).trim().split('\n');
  for (const [index, source] of sources.entries()) {
    const copy = target(files[index] ?? source);
    mkdirSync(dirname(copy), { recursive: true });
    copyFileSync(`${root}/${source}`, copy);
    chmodSync(copy, 0o755);
  }
}

/** Where a path of a tree lies in the layer: /lib is a link to /usr/lib in both. */
function placeIn(layer: string): (file: string) => string {
  return (file) => `${layer}${file.replace(/^\/(?=(bin|sbin|lib|lib64)\/)/, '/usr/')}`;
}

/** Copies what the files need in order to be loaded. */
export async function copyLibraries(layer: string, root: string, files: readonly string[]): Promise<void> {
  await copyFiles(root, await librariesOf(root, files), placeIn(layer));
}

/** Copies programs by name, with their libraries, to where they are in the tree. @throws Error naming one that is not there */
export async function copyPrograms(layer: string, root: string, programs: readonly string[]): Promise<void> {
  const candidates = programs.flatMap((program) => programFolders.map((folder) => `${folder}/${program}`));
  const present = (await within(root, 'sh', '-c', 'for file; do [ -x "$file" ] && echo "$file"; done; true', 'sh', ...candidates))
    .trim()
    .split('\n');
  const missing = programs.find((program) => !present.some((file) => basename(file) === program));
  if (missing !== undefined) throw new Error(`${root} has no program "${missing}"`);
  await copyFiles(root, present, placeIn(layer));
  await copyLibraries(layer, root, present);
}
