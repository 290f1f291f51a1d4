import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { buildOnce, contentHash, isCached } from '../cached-build.ts';
import { findExecutable, isExecutable } from '../executables.ts';
import { cacheFolder, repositoryRoot, stackSources } from '../profile.ts';
import { runCommand } from '../run-command.ts';
import { logFile, type ToolContext } from '../stack-context.ts';
import { StepFailure } from '../step-failure.ts';
import { downloadDaprd, releaseArchive } from './daprd-release.ts';
import { dockerProblem } from './docker.ts';
import { copyFromImage } from './images.ts';

export const daprVersion = '1.18.3';
const image = `docker.io/daprio/daprd:${daprVersion}`;
const release = `https://github.com/dapr/dapr/releases/download/v${daprVersion}`;
const sources = `${stackSources}/daprd`;

function versionOf(file: string): string | undefined {
  const result = spawnSync(file, ['--version'], { encoding: 'utf8', timeout: 10_000 });
  return result.status === 0 ? result.stdout.trim() : undefined;
}

/** Of the one that comes from its makers, by whatever way. */
const releasedName = `daprd-${daprVersion}`;

function builtName(): string {
  return `${releasedName}-${contentHash([`${sources}/main.go`, `${sources}/go.mod`, `${sources}/go.sum`])}`;
}

/** The types of the components in components/, and of the name resolution that the local stack uses. */
function neededTypes(): string[] {
  const folder = `${repositoryRoot}components`;
  const texts = readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => readFileSync(`${folder}/${file}`, 'utf8'));
  const types = texts.flatMap((text) => (/^kind: Component$/m.test(text) ? (/^ {2}type: (\S+)$/m.exec(text)?.[1] ?? []) : []));
  return [...new Set([...types, 'nameresolution.sqlite'])];
}

/** Why a program cannot be taken; undefined when it can. Builds with fewer components than the official one are about. */
function objectionTo(file: string): string | undefined {
  const version = versionOf(file);
  if (version === undefined) return 'does not run';
  if (version !== daprVersion) return `is version ${version}, needed is ${daprVersion}`;
  const program = readFileSync(file);
  // The packages of the components, as a program that registers them names them.
  const lacking = neededTypes().filter((type) => !program.includes(`components-contrib/${type.replaceAll('.', '/')}.`));
  return lacking.length === 0 ? undefined : `lacks the component ${lacking.join(', ')}`;
}

/** A daprd that is already on the machine, or was got by an earlier start. @throws StepFailure when $DAPRD cannot be taken */
export function findDaprd(): string | undefined {
  const asked = process.env['DAPRD'];
  if (asked) {
    const objection = objectionTo(asked);
    if (objection === undefined) return asked;
    throw new StepFailure(`$DAPRD (${asked}) ${objection}`, { fix: 'unset DAPRD to have the right one found or got' });
  }
  const installed = [`${homedir()}/.dapr/bin/daprd`, findExecutable('daprd')];
  const candidates = [...installed, `${cacheFolder}/${releasedName}`, `${cacheFolder}/${builtName()}`];
  return candidates.find((file) => file !== undefined && isExecutable(file) && objectionTo(file) === undefined);
}

export interface Source {
  readonly title: string;
  readonly cacheName: string;
  readonly get: (context: ToolContext, target: string) => Promise<void>;
}

/** Where a daprd can come from on this machine, the quickest first. */
function availableSources(): Source[] {
  const found: Source[] = [];
  // The program in the image is one for Linux.
  if (process.platform === 'linux' && dockerProblem() === undefined) {
    const get: Source['get'] = (context, target) =>
      copyFromImage(image, '/daprd', target, { log: logFile(context, 'daprd-image'), signal: context.signal });
    found.push({ title: `daprd from ${image}`, cacheName: releasedName, get });
  }
  if (releaseArchive() !== undefined) {
    const get: Source['get'] = (context, target) => downloadDaprd(context, target, release);
    found.push({ title: `daprd from ${release}`, cacheName: releasedName, get });
  }
  if (findExecutable('go')) {
    const title = isCached(builtName()) ? 'building daprd again' : 'building daprd (the first time takes 5 to 10 minutes)';
    found.push({ title, cacheName: builtName(), get: buildDaprd });
  }
  return found;
}

async function getDaprd(context: ToolContext, { get, cacheName }: Source): Promise<string> {
  return buildOnce(cacheName, async (target) => {
    await get(context, target);
    const objection = objectionTo(target);
    if (objection !== undefined) throw new StepFailure(`this daprd ${objection}`);
  });
}

/** The first that can be had; of each of the others it is told why not. */
export async function getFirst(context: ToolContext, candidates: readonly Source[]): Promise<string> {
  let failure = new StepFailure(`there is no daprd ${daprVersion} for ${process.platform} on ${process.arch}`);
  for (const source of candidates) {
    try {
      return await context.progress.step(source.title, () => getDaprd(context, source));
    } catch (error) {
      if (!(error instanceof StepFailure)) throw error;
      failure = error;
      context.progress.line(`  ${error.message}`);
    }
  }
  const fix = `start Docker, connect to the internet, install Go 1.26.6 or newer, or set DAPRD to a daprd of version ${daprVersion}`;
  throw new StepFailure(failure.message, { ...failure.details, fix });
}

export async function ensureDaprd(context: ToolContext): Promise<string> {
  return findDaprd() ?? getFirst(context, availableSources());
}

async function buildDaprd(context: ToolContext, target: string): Promise<void> {
  const ldflags = `-s -w -X github.com/dapr/dapr/pkg/buildinfo.version=${daprVersion}`;
  await runCommand('go', ['build', '-ldflags', ldflags, '-o', target, '.'], {
    cwd: sources,
    log: logFile(context, 'daprd-build'),
    signal: context.signal,
    polite: true,
  });
}
