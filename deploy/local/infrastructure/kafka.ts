import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { ProcessSpec } from '../process-record.ts';
import { cacheFolder, stackSources } from '../profile.ts';
import { runCommand } from '../run-command.ts';
import { topicPartitions, topics } from '../services.ts';
import type { StackContext } from '../stack-context.ts';
import { logFile } from '../stack-context.ts';
import { StepFailure } from '../step-failure.ts';
import type { Jdk } from './java.ts';
import { quickStartFlags } from './java.ts';
import { createTopics, fetchPartitionLeaders } from './kafka-admin.ts';

const topicsTimeoutMs = 30_000;
const pollIntervalMs = 100;

/** Any valid id does: the broker never meets another cluster. */
const clusterId = 'dGlja2V0aW5nLWxvY2FsMA';

function writeServerProperties(context: StackContext, data: string): string {
  const { ports, publishAddress } = context;
  const local = `LOCAL://127.0.0.1:${ports.kafka}`;
  // Clients are sent back to the address by which they came.
  const listeners = publishAddress === undefined ? local : `${local},PUBLISHED://${publishAddress}:${ports['kafka-published']}`;
  const values: Record<string, string> = {
    LISTENERS: listeners,

    CONTROLLER_PORT: String(context.ports['kafka-controller']),
    DATA: data,
  };
  const template = readFileSync(`${stackSources}/kafka/server.properties`, 'utf8');
  const file = `${context.folders.root}/kafka.properties`;
  writeFileSync(
    file,
    template.replaceAll(/\$\{([A-Z_]+)\}/g, (placeholder, name: string) => values[name] ?? placeholder),
  );
  return file;
}

/** Formats an empty folder as the broker's log; a format that was interrupted is done again. */
async function formatStorage(context: StackContext, jdk: Jdk, home: string, data: string, properties: string): Promise<void> {
  const formatted = `${context.folders.data}/kafka-formatted`;
  if (existsSync(formatted) && existsSync(`${data}/meta.properties`)) return;
  rmSync(data, { recursive: true, force: true });
  mkdirSync(data, { recursive: true });
  const flags = quickStartFlags(jdk, `${cacheFolder}/kafka-storage-tool.jsa`, '128m');
  const args = [...flags, '-XX:TieredStopAtLevel=1', '-cp', `${home}/lib/*`, 'kafka.tools.StorageTool', 'format', '--standalone'];
  await runCommand(jdk.java, [...args, '--cluster-id', clusterId, '--config', properties], {
    log: logFile(context, 'kafka'),
    signal: context.signal,
  });
  writeFileSync(formatted, '');
}

export async function kafkaSpec(context: StackContext, jdk: Jdk, home: string): Promise<ProcessSpec> {
  const data = `${context.folders.data}/kafka`;
  const properties = writeServerProperties(context, data);
  await formatStorage(context, jdk, home, data, properties);
  const flags = quickStartFlags(jdk, `${cacheFolder}/kafka.jsa`, '384m');
  const logging = `-Dlog4j2.configurationFile=${stackSources}/kafka/log4j2.yaml`;
  return {
    name: 'kafka',
    kind: 'infrastructure',
    command: jdk.java,
    args: [...flags, '-XX:TieredStopAtLevel=1', logging, '-cp', `${home}/lib/*`, 'kafka.Kafka', properties],
    env: {},
    cwd: data,
    log: logFile(context, 'kafka'),
    readiness: { kind: 'kafka', port: context.ports.kafka },
    readyTimeoutMs: 90_000,
    stopTimeoutMs: 20_000,
  };
}

/** Creates the topics and waits until every partition can be written to. */
export async function ensureTopics(port: number, log: string, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + topicsTimeoutMs;
  for (;;) {
    signal.throwIfAborted();
    const reason = await tryTopics(port);
    if (reason === undefined) return;
    if (Date.now() > deadline) throw new StepFailure(`Kafka's topics are not ready: ${reason}`, { log });
    await delay(pollIntervalMs);
  }
}

async function tryTopics(port: number): Promise<string | undefined> {
  try {
    await createTopics(port, topics, topicPartitions);
    const leaders = await fetchPartitionLeaders(port, topics);
    const waiting = topics.filter((topic) => (leaders.get(topic) ?? 0) < topicPartitions);
    return waiting.length === 0 ? undefined : `no leader for ${waiting.join(', ')}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
