import { buildOnce, isCached } from '../cached-build.ts';
import { findExecutable } from '../executables.ts';
import { ensurePrerequisites, prometheus } from '../prerequisites.ts';
import { cacheFolder } from '../profile.ts';
import { logFile, type ToolContext } from '../stack-context.ts';
import { dockerProblem } from './docker.ts';
import { copyFromImage } from './images.ts';

const version = '3.5.0';
const image = `docker.io/prom/prometheus:v${version}`;
const cacheName = `promtool-${version}`;

/** A promtool that is already on the machine, or was got before. */
export function findPromtool(): string | undefined {
  return findExecutable('promtool') ?? (isCached(cacheName) ? `${cacheFolder}/${cacheName}` : undefined);
}

/** Takes promtool out of Prometheus' image, or has it installed where no Docker engine answers. */
export async function ensurePromtool(context: ToolContext): Promise<void> {
  if (findPromtool()) return;
  if (process.platform !== 'linux' || dockerProblem() !== undefined) {
    await ensurePrerequisites(context, [prometheus]);
    return;
  }
  const get = (target: string): Promise<void> =>
    copyFromImage(image, '/bin/promtool', target, { log: logFile(context, 'promtool-image'), signal: context.signal });
  await context.progress.step(`promtool from ${image}`, () => buildOnce(cacheName, get));
}
