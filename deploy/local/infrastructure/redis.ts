import { mkdirSync } from 'node:fs';
import { requireExecutable } from '../executables.ts';
import type { ProcessSpec } from '../process-record.ts';
import { writePrivateFile } from '../process-record.ts';
import type { StackContext } from '../stack-context.ts';
import { listenAddresses, logFile } from '../stack-context.ts';

export function redisSpec(context: StackContext): ProcessSpec {
  const { ports, secrets, folders } = context;
  const data = `${folders.data}/redis`;
  const password = secrets.get('redis-password');
  const configuration = `${folders.root}/redis.conf`;
  mkdirSync(data, { recursive: true });
  const settings = [
    `port ${ports.redis}`,
    `bind ${listenAddresses(context).join(' ')}`,
    `dir "${data}"`,
    `requirepass ${password}`,
    'appendonly yes',
    'appendfsync always',
    'save ""',
    // Without these events a changed Dapr configuration value is not noticed.
    'notify-keyspace-events KA',
  ];
  writePrivateFile(configuration, `${settings.join('\n')}\n`);
  return {
    name: 'redis',
    kind: 'infrastructure',
    command: requireExecutable('redis-server'),
    args: [configuration],
    env: {},
    cwd: data,
    log: logFile(context, 'redis'),
    data,
    readiness: { kind: 'redis', port: ports.redis, password },
    readyTimeoutMs: 30_000,
    stopTimeoutMs: 10_000,
  };
}
