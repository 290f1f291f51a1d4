import { z } from 'zod';
import { repositoryRoot } from '../local/profile.ts';
import { readCommand } from './read-command.ts';

/** What is taken from Go's module proxy where no image and no release can be fetched. */
export const moduleSources = `${repositoryRoot}deploy/kind/traefik`;
export const goFix = 'Go 1.26 or newer must be on the PATH, with access to a Go module proxy';

const downloadSchema = z.object({ Dir: z.string() });

/**
 * Where Go keeps a module after it was checked by go.sum.
 * @param options where to look its version up in place of traefik/go.mod
 */
export async function downloadModule(name: string, signal: AbortSignal, options = ['-C', moduleSources]): Promise<string> {
  const text = await readCommand('go', ['mod', 'download', ...options, '-json', name], { signal, fix: goFix });
  return downloadSchema.parse(JSON.parse(text)).Dir;
}
