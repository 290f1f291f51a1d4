import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { findExecutable } from '../executables.ts';
import type { ProcessRecord } from '../process-record.ts';
import type { ProfileName } from '../profile.ts';
import { repositoryRoot } from '../profile.ts';
import { runCommand } from '../run-command.ts';
import type { StackContext } from '../stack-context.ts';
import { logFile } from '../stack-context.ts';
import { StepFailure } from '../step-failure.ts';
import { docker, ensureImage } from './images.ts';

const composeFile = `${repositoryRoot}deploy/images/compose.yaml`;
const engineTimeoutMs = 10_000;
const healthTimeoutMs = 180_000;
const composeSchema = z.object({ services: z.record(z.string(), z.object({ image: z.string().optional() })) });
/** The compose file cannot be read without these; for anything but its start their values do not matter. */
const placeholderEnvironment = { TICKETING_DATABASE_ROOT_PASSWORD: 'unused', TICKETING_REDIS_PASSWORD: 'unused' };

export const composeServices = ['mysql', 'redis', 'kafka', 'elasticsearch'] as const;
export type ComposeService = (typeof composeServices)[number];

/** Why nothing can be run in containers; undefined when an engine answers and the client can run compose projects. */
export function dockerProblem(): string | undefined {
  const client = findExecutable('docker');
  if (client === undefined) return 'Docker is not installed';
  const works = (...args: string[]): boolean => spawnSync(client, args, { timeout: engineTimeoutMs }).status === 0;
  if (!works('info')) return 'no Docker engine answers';
  return works('compose', 'version') ? undefined : "Docker's plugin compose is not installed";
}

/** The images that the compose file names; that of Elasticsearch is built. */
export function composeImages(): string[] {
  const { services } = composeSchema.parse(parse(readFileSync(composeFile, 'utf8')));
  return Object.values(services).flatMap(({ image }) => image ?? []);
}

/** Pulls and builds what the engine lacks. @throws StepFailure where that does not work */
export async function ensureComposeImages(context: StackContext): Promise<void> {
  const options = { log: logFile(context, 'compose'), signal: context.signal };
  for (const image of composeImages()) await ensureImage(image, options);
  try {
    await runCommand('docker', composeArgs(context.profile, 'build'), { ...options, env: placeholderEnvironment });
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error;
    throw new StepFailure('the image of Elasticsearch cannot be built', { log: options.log });
  }
}

function projectName(profile: ProfileName): string {
  return `ticketing-${profile}`;
}

function composeArgs(profile: ProfileName, ...args: string[]): string[] {
  return ['compose', '--project-name', projectName(profile), '--file', composeFile, ...args];
}

function composeEnvironment(context: StackContext): Record<string, string> {
  const { ports, secrets } = context;
  return {
    TICKETING_DATABASE_PORT: String(ports.mariadb),
    TICKETING_REDIS_PORT: String(ports.redis),
    TICKETING_KAFKA_PORT: String(ports.kafka),
    TICKETING_ELASTICSEARCH_PORT: String(ports.elasticsearch),
    TICKETING_DATABASE_ROOT_PASSWORD: secrets.get('db-root-password'),
    TICKETING_REDIS_PASSWORD: secrets.get('redis-password'),
  };
}

export async function composeUp(context: StackContext): Promise<void> {
  if (context.profile === 'test') {
    await testcontainersUp(context);
    return;
  }
  await runCommand('docker', composeArgs(context.profile, 'up', '--detach', '--wait'), {
    log: logFile(context, 'compose'),
    env: composeEnvironment(context),
    signal: context.signal,
    fix: 'look at the log, and at docker logs of the container that ended; --native starts the same parts without Docker',
  });
}

/** Tests start the same file by Testcontainers, whose reaper removes the containers even when the test run is killed. */
async function testcontainersUp(context: StackContext): Promise<void> {
  context.signal.throwIfAborted();
  const { DockerComposeEnvironment, Wait } = await import('testcontainers');
  const environment = new DockerComposeEnvironment(dirname(composeFile), basename(composeFile))
    .withProjectName(projectName(context.profile))
    .withEnvironment(composeEnvironment(context))
    .withDefaultWaitStrategy(Wait.forHealthCheck())
    .withStartupTimeout(healthTimeoutMs);
  try {
    await environment.up();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StepFailure(`the containers did not start: ${reason}`, { fix: '--native starts the same parts without Docker' });
  }
}

function compose(profile: ProfileName, ...args: string[]): Promise<string> {
  return docker(composeArgs(profile, ...args), placeholderEnvironment);
}

function containerId(profile: ProfileName, service: string): Promise<string> {
  return compose(profile, 'ps', '--all', '--quiet', service);
}

/** Ends the containers and keeps their data. */
export async function composeStop(profile: ProfileName): Promise<void> {
  await compose(profile, 'stop');
}

/** Removes the containers with their data. */
export async function composeDown(profile: ProfileName): Promise<void> {
  await compose(profile, 'down', '--volumes', '--remove-orphans');
}

export async function stopContainer(profile: ProfileName, service: string, signal: NodeJS.Signals): Promise<void> {
  const id = await containerId(profile, service);
  await docker(signal === 'SIGKILL' ? ['kill', id] : ['stop', '--signal', signal, id]);
}

/** Starts the container as it was made, so that no environment is needed that only the start knew. */
export async function startContainer(profile: ProfileName, service: string): Promise<void> {
  await docker(['start', await containerId(profile, service)]);
}

/** Empties the volume through a container of the same image that borrows it. */
export async function wipeContainer(profile: ProfileName, service: string): Promise<void> {
  const id = await containerId(profile, service);
  const image = await docker(['inspect', '--format', '{{.Image}}', id]);
  const mounts = await docker(['inspect', '--format', '{{range .Mounts}}{{println .Destination}}{{end}}', id]);
  const [target] = mounts.split('\n');
  if (!target) throw new StepFailure(`${service} has no volume to wipe`);
  const empty = ['-c', 'rm -rf -- "$0"/* "$0"/.[!.]*', target];
  await docker(['run', '--rm', '--user', '0', '--volumes-from', id, '--entrypoint', 'sh', image, ...empty]);
}

export function containerRecord(context: StackContext, service: ComposeService, readiness: ProcessRecord['readiness']): ProcessRecord {
  return {
    name: service,
    kind: 'infrastructure',
    container: service,
    pid: 0,
    startTime: '',
    command: 'docker',
    args: [],
    env: {},
    cwd: repositoryRoot,
    log: logFile(context, 'compose'),
    readiness,
    readyTimeoutMs: 120_000,
    stopTimeoutMs: 30_000,
    stopped: false,
  };
}
