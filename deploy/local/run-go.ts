import { mkdirSync, realpathSync } from 'node:fs';
import { findExecutable } from './executables.ts';
import { dockerProblem } from './infrastructure/docker.ts';
import { ensureImage } from './infrastructure/images.ts';
import { cacheFolder, repositoryRoot } from './profile.ts';
import { type CommandOptions, runCommand } from './run-command.ts';
import { StepFailure } from './step-failure.ts';

const image = 'docker.io/library/golang:1.26';

interface GoOptions extends CommandOptions {
  readonly cwd: string;
}

/** Whether something can be built in Go here. */
export function canRunGo(): boolean {
  return findExecutable('go') !== undefined || dockerProblem() === undefined;
}

/** What a build in a container has to be told so that it makes a program for this machine, and keeps its caches in the given folder. */
function containerEnvironment(cache: string): Record<string, string> {
  const { GOPROXY = '', GOSUMDB = '' } = process.env;
  return {
    // Empty is as good as not set.
    GOPROXY,
    GOSUMDB,
    GOOS: process.platform,
    GOARCH: process.arch === 'x64' ? 'amd64' : process.arch,
    GOCACHE: `${cache}/build`,
    GOMODCACHE: `${cache}/modules`,
    // What belongs to nobody of the container is no repository to git, and what can't be written to can't be removed.
    GOFLAGS: '-buildvcs=false -modcacherw',
  };
}

/** Runs the Go of this machine or, where there is none and a Docker engine answers, that of its image. */
export async function runGo(args: readonly string[], options: GoOptions): Promise<void> {
  if (findExecutable('go')) {
    await runCommand('go', args, options);
    return;
  }
  const problem = dockerProblem();
  if (problem !== undefined) throw new StepFailure(`Go is not installed, and no container can stand in: ${problem}`, { fix: options.fix });
  await ensureImage(image, options);
  const cache = `${realpathSync(cacheFolder)}/go`;
  mkdirSync(cache, { recursive: true });
  const folders = new Set([repositoryRoot, realpathSync(cacheFolder)]);
  const volumes = [...folders].flatMap((folder) => ['--volume', `${folder}:${folder}`]);
  const environment = Object.entries({ ...containerEnvironment(cache), ...options.env }).flatMap(([name, value]) => [
    '--env',
    `${name}=${value}`,
  ]);
  const user = `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`;
  const container = ['run', '--rm', '--init', '--user', user, ...volumes, ...environment, '--workdir', options.cwd, image];
  await runCommand('docker', [...container, 'go', ...args], options);
}
