import { execFile, spawnSync } from 'node:child_process';
import { basename, dirname } from 'node:path';
import { promisify } from 'node:util';
import { findExecutable } from '../executables.ts';
import type { ProcessRecord } from '../process-record.ts';
import type { ProfileName } from '../profile.ts';
import { repositoryRoot } from '../profile.ts';
import { runCommand } from '../run-command.ts';
import type { StackContext } from '../stack-context.ts';
import { logFile } from '../stack-context.ts';
import { StepFailure } from '../step-failure.ts';

const composeFile = `${repositoryRoot}deploy/images/compose.yaml`;
const engineTimeoutMs = 10_000;
const healthTimeoutMs = 180_000;
const execute = promisify(execFile);
/** The compose file cannot be read without these; for anything but its start their values do not matter. */
const placeholderEnvironment = { TICKETING_DATABASE_ROOT_PASSWORD: 'unused', TICKETING_REDIS_PASSWORD: 'unused' };

export const composeServices = ['mysql', 'redis', 'kafka', 'elasticsearch'] as const;
export type ComposeService = (typeof composeServices)[number];

/** True when a Docker engine answers and the client can run compose projects. */
export function isDockerUsable(): boolean {
  if (!findExecutable('docker')) return false;
  return ['info', 'compose version'].every((command) => spawnSync('docker', command.split(' '), { timeout: engineTimeoutMs }).status === 0);
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
  await runCommand('docker', composeArgs(context.profile, 'up', '--detach', '--wait', '--build'), {
    log: logFile(context, 'compose'),
    env: composeEnvironment(context),
    signal: context.signal,
    fix: 'look at the log; --native starts the same parts without Docker',
  });
}

/** Tests start the same file by Testcontainers, whose reaper removes the containers even when the test run is killed. */
async function testcontainersUp(context: StackContext): Promise<void> {
  context.signal.throwIfAborted();
  const { DockerComposeEnvironment, Wait } = await import('testcontainers');
  const environment = new DockerComposeEnvironment(dirname(composeFile), basename(composeFile))
    .withProjectName(projectName(context.profile))
    .withEnvironment(composeEnvironment(context))
    .withBuild()
    .withDefaultWaitStrategy(Wait.forHealthCheck())
    .withStartupTimeout(healthTimeoutMs);
  try {
    await environment.up();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StepFailure(`the containers did not start: ${reason}`, { fix: '--native starts the same parts without Docker' });
  }
}

async function docker(args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await execute('docker', args, { env: { ...process.env, ...placeholderEnvironment } });
    return stdout.trim();
  } catch (error) {
    throw new StepFailure(error instanceof Error ? error.message : String(error));
  }
}

function containerId(profile: ProfileName, service: string): Promise<string> {
  return docker(composeArgs(profile, 'ps', '--all', '--quiet', service));
}

/** Ends the containers and keeps their data. */
export async function composeStop(profile: ProfileName): Promise<void> {
  await docker(composeArgs(profile, 'stop'));
}

/** Removes the containers with their data. */
export async function composeDown(profile: ProfileName): Promise<void> {
  await docker(composeArgs(profile, 'down', '--volumes', '--remove-orphans'));
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
  await docker(['run', '--rm', '--user', '0', '--volumes-from', id, '--entrypoint', 'find', image, target, '-mindepth', '1', '-delete']);
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
