import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { describeAccess } from './describe-access.ts';
import { composeDown, dockerProblem, ensureComposeImages } from './infrastructure/docker.ts';
import { areJarsCached } from './infrastructure/jars.ts';
import { mysqlDataFolder } from './infrastructure/mysql.ts';
import type { ObservabilityUrls } from './infrastructure/observability.ts';
import { isZipkinCached, observabilityUrls, startObservability } from './infrastructure/observability.ts';
import type { InfrastructureKind } from './infrastructure/start-infrastructure.ts';
import { startInfrastructure } from './infrastructure/start-infrastructure.ts';
import { assertPortsFree } from './port-holder.ts';
import type { PortName, Ports } from './ports.ts';
import { maximumInstances, resolvePorts } from './ports.ts';
import { ensurePrerequisites, neededPrerequisites, requireNativeMeans } from './prerequisites.ts';
import { isAlive } from './process-identity.ts';
import { readRecords, writePrivateFile } from './process-record.ts';
import type { ProfileFolders, ProfileName } from './profile.ts';
import { profileFolders } from './profile.ts';
import { Progress } from './progress.ts';
import { loadSecrets } from './secrets.ts';
import { describeInstance } from './service-instances.ts';
import type { ServiceName } from './services.ts';
import { serviceNames } from './services.ts';
import type { StackContext } from './stack-context.ts';
import { allTogether } from './stack-context.ts';
import type { InstanceDescription, StackDescription } from './stack-description.ts';
import { findStack } from './stack-description.ts';
import { buildServices, startServices } from './start-services.ts';
import { StepFailure } from './step-failure.ts';
import { stopRecordedProcesses } from './stop-stack.ts';
import { becomeSupervisor, endSupervisor, findSupervisor, resignAsSupervisor } from './supervisor.ts';

export interface StackOptions {
  readonly profile: ProfileName;
  /** Throws away the profile's data first, and ends what still runs of it. */
  readonly reset?: boolean | undefined;
  readonly build?: boolean | undefined;
  readonly seed?: boolean | undefined;
  /** All of them unless said otherwise; an empty list starts the infrastructure only. */
  readonly services?: readonly ServiceName[] | undefined;
  readonly instances?: Readonly<Partial<Record<ServiceName, number>>> | undefined;
  /** More environment for the instances of a service. */
  readonly env?: Readonly<Partial<Record<ServiceName, Readonly<Record<string, string>>>>> | undefined;
  /** `auto` takes Docker where an engine answers. */
  readonly infrastructure?: InfrastructureKind | 'auto' | undefined;
  /** A real MySQL instead of MariaDB. */
  readonly mysql?: boolean | undefined;
  readonly observe?: boolean | undefined;
  /** Where services and sidecars send their spans (Zipkin's format) when the stack brings no Zipkin of its own. */
  readonly traceUrl?: string | undefined;
  readonly ports?: Partial<Ports> | undefined;
  /** Another address of this machine on which the infrastructure listens, for pods of a cluster. */
  readonly publishAddress?: string | undefined;
  readonly quiet?: boolean | undefined;
  /** Keeps this process registered as the stack's supervisor after the start, until stop(). */
  readonly supervise?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Stack extends StackDescription {
  readonly elapsed: string;
  stop(hard?: boolean): Promise<void>;
}

/** Thrown when the profile's stack is already up and was not to be reset. */
export class StackAlreadyRunning extends Error {
  readonly running: StackDescription;

  constructor(stack: StackDescription) {
    super(`the ${stack.profile} stack is already running at ${stack.gatewayUrl}`);
    this.name = 'StackAlreadyRunning';
    this.running = stack;
  }
}

/** A stack whose supervisor was killed and that has lost a part is no running stack: it is ended and started anew. */
function assertNotRunning(profile: ProfileName): void {
  const stack = findStack(profile);
  if (!stack) return;
  const records = readRecords(profile);
  const complete = records.length > 0 && records.every((record) => record.container !== undefined || isAlive(record));
  if (complete || findSupervisor(profile) !== undefined) throw new StackAlreadyRunning(stack);
}

/** Ends leftovers of an earlier start, throws away data if asked, and keeps the logs of the run before. */
async function prepareFolders(options: StackOptions, folders: ProfileFolders, progress: Progress): Promise<void> {
  const { profile } = options;
  await stopRecordedProcesses(profile, progress);
  if (options.reset) {
    if (dockerProblem() === undefined) await composeDown(profile);
    for (const path of [folders.data, folders.secrets, folders.components, folders.configurations, mysqlDataFolder(profile)])
      rmSync(path, { recursive: true, force: true });
  }
  rmSync(folders.description, { force: true });
  if (existsSync(folders.logs)) {
    rmSync(`${folders.logs}.previous`, { recursive: true, force: true });
    renameSync(folders.logs, `${folders.logs}.previous`);
  }
  for (const folder of [folders.data, folders.logs, folders.run]) mkdirSync(folder, { recursive: true, mode: 0o700 });
}

function planInstances(context: StackContext, options: StackOptions): InstanceDescription[] {
  const wanted = options.services ?? serviceNames;
  return serviceNames
    .filter((service) => wanted.includes(service))
    .flatMap((service) => {
      const count = options.instances?.[service] ?? 1;
      if (!Number.isInteger(count) || count < 1 || count > maximumInstances) {
        throw new StepFailure(`${service}: there can be 1 to ${maximumInstances} instances, not ${count}`);
      }
      return Array.from({ length: count }, (_, index) => describeInstance(context, service, index + 1));
    });
}

function usedPorts(context: StackContext, instances: readonly InstanceDescription[], observe: boolean): { name: string; port: number }[] {
  const names: PortName[] = [
    'mariadb',
    'redis',
    'kafka',
    'kafka-controller',
    'elasticsearch',
    'elasticsearch-transport',
    'mail',
    'mail-page',
  ];
  if (context.publishAddress !== undefined) names.push('kafka-published');
  if (observe) names.push('zipkin', 'prometheus');
  return [
    ...names.map((name) => ({ name, port: context.ports[name] })),
    ...instances.flatMap((instance) => [
      { name: instance.name, port: instance.appPort },
      { name: `${instance.sidecar} http`, port: instance.daprHttpPort },
      { name: `${instance.sidecar} grpc`, port: instance.daprGrpcPort },
      { name: `${instance.sidecar} internal grpc`, port: instance.daprInternalGrpcPort },
      { name: `${instance.sidecar} metrics`, port: instance.daprMetricsPort },
    ]),
  ];
}

/** Why the databases and brokers cannot run in containers; undefined when their images are here. */
async function containerProblem(context: StackContext): Promise<StepFailure | undefined> {
  const problem = dockerProblem();
  if (problem !== undefined) return new StepFailure(problem);
  try {
    await context.progress.step('images of databases and brokers', () => ensureComposeImages(context));
    return undefined;
  } catch (error) {
    if (error instanceof StepFailure) return error;
    throw error;
  }
}

async function chooseInfrastructure(context: StackContext, wanted: StackOptions['infrastructure'] = 'auto'): Promise<InfrastructureKind> {
  if (wanted === 'native') return 'native';
  const problem = await containerProblem(context);
  if (problem === undefined) return 'docker';
  if (wanted === 'docker') {
    throw new StepFailure(problem.message, { ...problem.details, fix: 'start Docker, see that it can pull, or leave out --docker' });
  }
  requireNativeMeans(problem.message);
  context.progress.line(`databases and brokers run without containers: ${problem.message}`);
  return 'native';
}

async function bringUp(context: StackContext, options: StackOptions): Promise<StackDescription> {
  const instances = planInstances(context, options);
  const observe = options.observe ?? false;
  await assertPortsFree(usedPorts(context, instances, observe));
  const kind = await chooseInfrastructure(context, options.mysql ? 'native' : options.infrastructure);
  const maven = (kind === 'native' && !areJarsCached()) || (observe && !isZipkinCached());
  await ensurePrerequisites(context, neededPrerequisites({ native: kind === 'native', mysql: options.mysql ?? false, observe, maven }));
  const urls: ObservabilityUrls = observe ? observabilityUrls(context) : {};
  const built = (options.build ?? true) && instances.length > 0 ? buildServices(context) : Promise.resolve();
  const infrastructure = startInfrastructure(context, { kind, mysql: options.mysql ?? false, sidecars: instances.length > 0 });
  const observability = observe ? startObservability(context, instances) : Promise.resolve();
  const [ready] = await allTogether(context, [infrastructure, built, observability]);
  if (instances.length > 0)
    await startServices(context, {
      instances,
      daprd: ready.daprd,
      environments: options.env ?? {},
      traceUrl: urls.traceUrl ?? options.traceUrl,
    });
  const description: StackDescription = {
    profile: context.profile,
    infrastructure: kind,
    startedAt: new Date().toISOString(),
    gatewayUrl: `http://127.0.0.1:${context.ports.gateway}`,
    instances,
    ...describeAccess(context, kind === 'docker' || options.mysql ? 'mysql' : 'mariadb'),
    zipkinUrl: urls.zipkinUrl,
    prometheusUrl: urls.prometheusUrl,
  };
  writePrivateFile(context.folders.description, JSON.stringify(description, null, 2));
  return description;
}

/** Loaded only when wanted: the demonstration data is no part of a stack. */
async function seedStack(description: StackDescription): Promise<void> {
  const { seed } = await import('./seed.ts');
  await seed(description);
}

/** Starts the stack of a profile and returns when everything answers; what it began is ended again when it fails. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { profile } = options;
  const folders = profileFolders(profile);
  const progress = new Progress({ quiet: options.quiet });
  const abandon = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, abandon.signal]) : abandon.signal;
  if (options.reset) await endSupervisor(profile);
  else assertNotRunning(profile);
  becomeSupervisor(profile);
  const stop = async (hard = false): Promise<void> => {
    await stopRecordedProcesses(profile, progress, hard);
    resignAsSupervisor(profile);
  };
  try {
    await prepareFolders(options, folders, progress);
    const context: StackContext = {
      profile,
      folders,
      ports: resolvePorts(profile, options.ports),
      secrets: loadSecrets(folders.secrets),
      publishAddress: options.publishAddress,
      progress,
      signal,
      abandon: (reason) => abandon.abort(reason),
    };
    const description = await bringUp(context, options);
    if (options.seed ?? false) await progress.step('seed data', () => seedStack(description));
    if (!options.supervise) resignAsSupervisor(profile);
    return { ...description, elapsed: progress.elapsed(), stop };
  } catch (error) {
    abandon.abort(error);
    await stop();
    throw error;
  }
}
