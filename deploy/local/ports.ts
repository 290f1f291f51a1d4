import type { ProfileName } from './profile.ts';
import type { ServiceName } from './services.ts';
import { serviceNames } from './services.ts';
import { StepFailure } from './step-failure.ts';

/**
 * The one table of ports. All lie below 32768, where Linux begins to hand out ports for outgoing connections, and beside
 * the ports that databases and brokers use by default. The n-th instance of a service, and its sidecar, add 10·(n−1).
 */
const devPorts = {
  gateway: 8080,
  user: 8081,
  queue: 8082,
  concert: 8083,
  reservation: 8084,
  payment: 8085,
  mariadb: 13306,
  redis: 16379,
  kafka: 19092,
  'kafka-controller': 19093,
  // For clients that come by another address: Kafka wants a port of its own for it.
  'kafka-published': 19094,
  elasticsearch: 19200,
  'elasticsearch-transport': 19300,
  zipkin: 19411,
  // Of the sink that takes all mails: SMTP, and the page on which they are read.
  mail: 11025,
  'mail-page': 18025,
  prometheus: 19090,
  // First port of a range, in the order of the services.
  'dapr-http': 3500,
  'dapr-grpc': 3600,
  'dapr-internal-grpc': 3700,
  'dapr-metrics': 3800,
};

export type PortName = keyof typeof devPorts;
export type Ports = Readonly<Record<PortName, number>>;

const instanceStride = 10;
export const maximumInstances = 9;
/** By profile: what is added to the ports of sidecars, which are small numbers, and to all others. */
const shifts: Record<ProfileName, { sidecars: number; others: number }> = {
  dev: { sidecars: 0, others: 0 },
  test: { sidecars: 20_000, others: 10_000 },
  cluster: { sidecars: 15_000, others: 5_000 },
};
const environmentPrefix: Record<ProfileName, string> = {
  dev: 'TICKETING_PORT_',
  test: 'TICKETING_TEST_PORT_',
  cluster: 'TICKETING_CLUSTER_PORT_',
};

function isPortName(name: string): name is PortName {
  return Object.hasOwn(devPorts, name);
}

export function portNames(): PortName[] {
  return Object.keys(devPorts).filter(isPortName);
}

function defaultPort(profile: ProfileName, name: PortName): number {
  const { sidecars, others } = shifts[profile];
  return devPorts[name] + (name.startsWith('dapr-') ? sidecars : others);
}

function checkedPort(name: string, text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new StepFailure(`port ${name}: "${text}" is not a port number`);
}

/** Later wins: the table, the environment (TICKETING_PORT_GATEWAY=…), what the caller asks for. */
export function resolvePorts(profile: ProfileName, wanted: Partial<Ports> = {}): Ports {
  const resolved = { ...devPorts };
  for (const name of portNames()) {
    const variable = environmentPrefix[profile] + name.toUpperCase().replaceAll('-', '_');
    const fromEnvironment = process.env[variable];
    const port = fromEnvironment ? checkedPort(variable, fromEnvironment) : defaultPort(profile, name);
    resolved[name] = wanted[name] ?? port;
  }
  return resolved;
}

/** Reads `name=number`, as given to --port. */
export function parsePort(text: string): [PortName, number] {
  const [name = '', number = ''] = text.split('=');
  if (!isPortName(name)) throw new StepFailure(`unknown port "${name}"; there are: ${portNames().join(', ')}`);
  return [name, checkedPort(name, number)];
}

export interface InstancePorts {
  readonly app: number;
  readonly daprHttp: number;
  readonly daprGrpc: number;
  readonly daprInternalGrpc: number;
  readonly daprMetrics: number;
}

export function instancePorts(ports: Ports, service: ServiceName, index: number): InstancePorts {
  const shift = (index - 1) * instanceStride;
  const position = serviceNames.indexOf(service) + shift;
  return {
    app: ports[service] + shift,
    daprHttp: ports['dapr-http'] + position,
    daprGrpc: ports['dapr-grpc'] + position,
    daprInternalGrpc: ports['dapr-internal-grpc'] + position,
    daprMetrics: ports['dapr-metrics'] + position,
  };
}
