import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { buildOnce, contentHash, isCached } from '../cached-build.ts';
import { findExecutable, isExecutable } from '../executables.ts';
import { cacheFolder, repositoryRoot, stackSources } from '../profile.ts';
import { runCommand } from '../run-command.ts';
import { logFile, type ToolContext } from '../stack-context.ts';
import { StepFailure } from '../step-failure.ts';

const daprVersion = '1.18.3';
const sources = `${stackSources}/daprd`;

function versionOf(file: string): string | undefined {
  const result = spawnSync(file, ['--version'], { encoding: 'utf8', timeout: 10_000 });
  return result.status === 0 ? result.stdout.trim() : undefined;
}

function cacheName(): string {
  return `daprd-${daprVersion}-${contentHash([`${sources}/main.go`, `${sources}/go.mod`, `${sources}/go.sum`])}`;
}

/** The component types in components/, as the packages of a daprd that registers them are called. */
function neededPackages(): string[] {
  const folder = `${repositoryRoot}components`;
  const texts = readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => readFileSync(`${folder}/${file}`, 'utf8'));
  const types = texts.flatMap((text) => (/^kind: Component$/m.test(text) ? (/^ {2}type: (\S+)$/m.exec(text)?.[1] ?? []) : []));
  return [...types, 'nameresolution.sqlite'].map((type) => `components-contrib/${type.replaceAll('.', '/')}.`);
}

/** Whether it is of the right version and has our components: slimmer builds than the official one are about. */
function isSuitable(file: string): boolean {
  if (!isExecutable(file) || versionOf(file) !== daprVersion) return false;
  const program = readFileSync(file);
  return neededPackages().every((name) => program.includes(name));
}

/** A suitable daprd that is already on the machine, or was built by an earlier start. */
function findDaprd(): string | undefined {
  const asked = process.env['DAPRD'];
  if (asked) {
    const version = versionOf(asked);
    if (version === daprVersion) return asked;
    throw new StepFailure(`$DAPRD (${asked}) ${version ? `is version ${version}` : 'does not run'}; needed is ${daprVersion}`, {
      fix: 'unset DAPRD to have the right one found or built',
    });
  }
  const candidates = [findExecutable('daprd'), `${homedir()}/.dapr/bin/daprd`, `${cacheFolder}/${cacheName()}`];
  return candidates.find((file) => file !== undefined && isSuitable(file));
}

export async function ensureDaprd(context: ToolContext): Promise<string> {
  const found = findDaprd();
  if (found) return found;
  const title = isCached(cacheName()) ? 'building daprd again' : 'building daprd (the first time takes 5 to 10 minutes)';
  return context.progress.step(title, () => buildOnce(cacheName(), (target) => buildDaprd(context, target)));
}

async function buildDaprd(context: ToolContext, target: string): Promise<void> {
  const ldflags = `-s -w -X github.com/dapr/dapr/pkg/buildinfo.version=${daprVersion}`;
  await runCommand('go', ['build', '-ldflags', ldflags, '-o', target, '.'], {
    cwd: sources,
    log: logFile(context, 'daprd-build'),
    signal: context.signal,
    fix: 'Go 1.26.6 or newer must be on the PATH, with access to a Go module proxy; or set DAPRD to a daprd of the right version',
    polite: true,
  });
  const version = versionOf(target);
  if (version !== daprVersion) throw new StepFailure(`the daprd that was built says it is version ${version}, expected ${daprVersion}`);
}
