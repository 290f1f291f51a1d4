import { parseArgs } from 'node:util';
import type { PortName } from './ports.ts';
import { parsePort, portNames } from './ports.ts';
import type { ServiceName } from './services.ts';
import { isServiceName, serviceNames } from './services.ts';
import type { StackOptions } from './stack.ts';
import { StepFailure } from './step-failure.ts';

export interface StartCommand {
  readonly help: boolean;
  readonly detach: boolean;
  readonly options: StackOptions;
}

export const startUsage = `npm start [-- options]

  --detach                  return when everything is up and leave it running (npm run stop ends it)
  --reset                   throw away the data of earlier starts
  --instances name=n,…      run n instances of a service, each with its own sidecar
                            services: ${serviceNames.join(', ')}
  --native | --docker       databases and brokers as processes of this machine, or in containers;
                            without either: containers where a Docker engine answers
  --mysql                   a real MySQL instead of MariaDB (Debian, as root; implies --native)
  --observe                 also start Zipkin (traces) and Prometheus (metrics)
  --no-build                start the services as they were built last
  --no-seed                 do not load the demonstration data
  --port name=number        use another port; may be given several times
                            names: ${portNames().join(', ')}
  --help                    this text
`;

const flags = {
  detach: { type: 'boolean' },
  reset: { type: 'boolean' },
  instances: { type: 'string', multiple: true },
  native: { type: 'boolean' },
  docker: { type: 'boolean' },
  mysql: { type: 'boolean' },
  observe: { type: 'boolean' },
  'no-build': { type: 'boolean' },
  'no-seed': { type: 'boolean' },
  port: { type: 'string', multiple: true },
  help: { type: 'boolean', short: 'h' },
} as const;

/** Reads `reservation=2,queue=3`. */
function parseInstances(texts: readonly string[]): Partial<Record<ServiceName, number>> {
  const instances: Partial<Record<ServiceName, number>> = {};
  for (const part of texts.flatMap((text) => text.split(','))) {
    const [name = '', count = ''] = part.split('=');
    if (!isServiceName(name)) throw new StepFailure(`--instances: unknown service "${name}"; there are: ${serviceNames.join(', ')}`);
    if (!/^\d+$/.test(count)) throw new StepFailure(`--instances: "${part}" should be ${name}=<number>`);
    instances[name] = Number(count);
  }
  return instances;
}

function parsePorts(texts: readonly string[]): Partial<Record<PortName, number>> {
  const ports: Partial<Record<PortName, number>> = {};
  for (const [name, port] of texts.map(parsePort)) ports[name] = port;
  return ports;
}

function readFlags(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: flags, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw new StepFailure(error instanceof Error ? error.message : String(error), { fix: 'npm start -- --help lists the options' });
  }
}

export function parseStartCommand(args: readonly string[]): StartCommand {
  const values = readFlags(args);
  if (values.native && values.docker) throw new StepFailure('--native and --docker exclude each other');
  if (values.mysql && values.docker) throw new StepFailure('--mysql and --docker exclude each other: the containers have MySQL anyway');
  const infrastructure = values.docker ? 'docker' : values.native ? 'native' : 'auto';
  return {
    help: values.help ?? false,
    detach: values.detach ?? false,
    options: {
      profile: 'dev',
      reset: values.reset,
      build: !values['no-build'],
      seed: !values['no-seed'],
      instances: parseInstances(values.instances ?? []),
      infrastructure,
      mysql: values.mysql,
      observe: values.observe,
      ports: parsePorts(values.port ?? []),
    },
  };
}
