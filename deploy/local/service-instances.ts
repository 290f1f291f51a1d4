import { existsSync } from 'node:fs';
import { resourcesFolder, secretVariables } from './components.ts';
import { migratorAccount, serviceAccount } from './infrastructure/database-accounts.ts';
import { instancePorts } from './ports.ts';
import type { ProcessSpec } from './process-record.ts';
import { repositoryRoot } from './profile.ts';
import { runCommand } from './run-command.ts';
import type { DatabaseOwner, ServiceName } from './services.ts';
import { databases, isDatabaseOwner } from './services.ts';
import type { StackContext } from './stack-context.ts';
import { logFile } from './stack-context.ts';
import type { InstanceDescription } from './stack-description.ts';
import { StepFailure } from './step-failure.ts';

export function describeInstance(context: StackContext, service: ServiceName, index: number): InstanceDescription {
  const ports = instancePorts(context.ports, service, index);
  const name = `${service}-${index}`;
  return {
    name,
    sidecar: `${name}-dapr`,
    service,
    index,
    appPort: ports.app,
    url: `http://127.0.0.1:${ports.app}`,
    daprHttpPort: ports.daprHttp,
    daprGrpcPort: ports.daprGrpc,
    daprInternalGrpcPort: ports.daprInternalGrpc,
    daprMetricsPort: ports.daprMetrics,
  };
}

function tokens({ secrets }: StackContext): Record<string, string> {
  return { DAPR_API_TOKEN: secrets.get('dapr-api-token'), APP_API_TOKEN: secrets.get('app-api-token') };
}

/** The secret store of a sidecar is its own environment. */
function sidecarSecrets({ secrets }: StackContext, service: ServiceName): Record<string, string> {
  return Object.fromEntries(secretVariables(service).map((name) => [name, secrets.get(name.toLowerCase().replaceAll('_', '-'))]));
}

export function sidecarSpec(context: StackContext, daprd: string, instance: InstanceDescription): ProcessSpec {
  const flags = {
    'app-id': instance.service,
    'app-port': instance.appPort,
    'app-protocol': 'http',
    'resources-path': resourcesFolder(context, instance.service),
    config: `${context.folders.configurations}/${instance.service}.yaml`,
    'dapr-http-port': instance.daprHttpPort,
    'dapr-grpc-port': instance.daprGrpcPort,
    'dapr-internal-grpc-port': instance.daprInternalGrpcPort,
    'metrics-port': instance.daprMetricsPort,
    'dapr-listen-addresses': '127.0.0.1',
    'dapr-internal-grpc-listen-address': '127.0.0.1',
    'metrics-listen-address': '127.0.0.1',
    'app-health-check-path': '/healthz',
    // Quick to notice that a service is back; slow enough to give up that a busy machine does not look like a dead service.
    'app-health-probe-interval': 1,
    'app-health-probe-timeout': 1000,
    'app-health-threshold': 5,
    'dapr-graceful-shutdown-seconds': 5,
    // Signed passes and tokens travel in headers, which do not fit into the default of 4 KiB together.
    'read-buffer-size': '16Ki',
    // What it takes in one call: the largest is the map of 50,000 seats, uncompressed. The services cut events into calls of an eighth of it.
    'max-body-size': '8Mi',
    // How often it looks for components that were out when it started.
    'hot-reload-reconcile-interval': '5s',
    'log-level': 'info',
  };
  return {
    name: instance.sidecar,
    kind: 'sidecar',
    command: daprd,
    args: [...Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]), '--enable-app-health-check', '--log-as-json'],
    // Without the address the sidecar registers the machine's, on which nobody listens. More threads of Go than there is work for spend
    // their time on looking for it.
    env: { ...tokens(context), ...sidecarSecrets(context, instance.service), DAPR_HOST_IP: '127.0.0.1', GOMAXPROCS: '1' },
    cwd: context.folders.root,
    log: logFile(context, instance.sidecar),
    readiness: {
      kind: 'http',
      url: `http://127.0.0.1:${instance.daprHttpPort}/v1.0/healthz`,
      status: 204,
      headers: { 'dapr-api-token': context.secrets.get('dapr-api-token') },
    },
    readyTimeoutMs: 60_000,
    stopTimeoutMs: 10_000,
  };
}

function databaseAddress(context: StackContext, owner: DatabaseOwner): Record<string, string> {
  return { DB_HOST: '127.0.0.1', DB_PORT: String(context.ports.mariadb), DB_NAME: databases[owner] };
}

/** As in the values of the chart: a gateway with ten thousand open streams keeps less for objects that live shortly. */
function memoryOptions(service: ServiceName): Record<string, string> {
  return service === 'gateway' ? { NODE_OPTIONS: '--max-semi-space-size=8' } : {};
}

function linkEnvironment({ ports }: StackContext, service: ServiceName): Record<string, string> {
  if (service !== 'user' && service !== 'gateway') return {};
  return { PUBLIC_URL: `http://127.0.0.1:${ports.gateway}`, ...(service === 'user' && { MAIL_SENDING: 'on' }) };
}

/** Receivers on this machine are what one has to try webhooks with. */
function webhookOptions(service: ServiceName): Record<string, string> {
  return service === 'concert' ? { WEBHOOKS: 'on', WEBHOOKS_TO_PRIVATE_ADDRESSES: 'on' } : {};
}

export interface ServiceEnvironment {
  readonly zipkinUrl: string | undefined;
  readonly extra: Readonly<Record<string, string>>;
}

export function serviceSpec(context: StackContext, instance: InstanceDescription, environment: ServiceEnvironment): ProcessSpec {
  const { service } = instance;
  const database = isDatabaseOwner(service)
    ? { ...databaseAddress(context, service), DB_USER: serviceAccount(context.secrets, service).user }
    : {};
  return {
    name: instance.name,
    kind: 'service',
    command: process.execPath,
    args: ['dist/main.js'],
    env: {
      APP_ID: service,
      INSTANCE_ID: instance.name,
      HOST: '127.0.0.1',
      APP_PORT: String(instance.appPort),
      DAPR_HTTP_PORT: String(instance.daprHttpPort),
      DAPR_GRPC_PORT: String(instance.daprGrpcPort),
      ...tokens(context),
      NODE_ENV: context.profile === 'test' ? 'test' : 'production',
      LOG_LEVEL: 'info',
      ...database,
      ...memoryOptions(service),
      ...linkEnvironment(context, service),
      ...webhookOptions(service),
      ...(environment.zipkinUrl === undefined ? {} : { ZIPKIN_URL: environment.zipkinUrl }),
      ...environment.extra,
    },
    cwd: `${repositoryRoot}services/${service}`,
    log: logFile(context, instance.name),
    readiness: { kind: 'http', url: `${instance.url}/readyz`, status: 200, headers: {} },
    readyTimeoutMs: 90_000,
    stopTimeoutMs: 15_000,
  };
}

export function assertBuilt(service: ServiceName): void {
  if (existsSync(`${repositoryRoot}services/${service}/dist/main.js`)) return;
  throw new StepFailure(`services/${service} is not built`, { fix: 'leave out --no-build, or run npm run build' });
}

/** Brings the service's database to the shape that its build expects. */
export async function migrate(context: StackContext, owner: DatabaseOwner): Promise<void> {
  const account = migratorAccount(context.secrets, owner);
  await runCommand(process.execPath, ['dist/migrate.js'], {
    cwd: `${repositoryRoot}services/${owner}`,
    log: logFile(context, `${owner}-migrate`),
    env: { ...databaseAddress(context, owner), DB_USER: account.user, DB_PASSWORD: account.password },
    signal: context.signal,
    fix: 'if the data is from an older version and may go: npm start -- --reset',
  });
}
