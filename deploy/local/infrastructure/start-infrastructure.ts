import mysql from 'mysql2/promise';
import { launchProcess, waitUntilReady } from '../managed-process.ts';
import type { ProcessRecord, ProcessSpec } from '../process-record.ts';
import { writeRecord } from '../process-record.ts';
import type { StackContext } from '../stack-context.ts';
import { allTogether, logFile } from '../stack-context.ts';
import { ensureDaprd } from './daprd-binary.ts';
import { accountStatements, rootAccount } from './database-accounts.ts';
import type { ComposeService } from './docker.ts';
import { composeServices, composeUp, containerRecord } from './docker.ts';
import { elasticsearchReadiness, elasticsearchSpec } from './elasticsearch.ts';
import { areJarsCached, ensureElasticsearchJars, ensureKafkaJars } from './jars.ts';
import { findJdk } from './java.ts';
import { ensureTopics, kafkaSpec } from './kafka.ts';
import { mailSinkSpec } from './mail-sink.ts';
import { mariadbSpec } from './mariadb.ts';
import { ensureMysqlRootfs, mysqlSpec } from './mysql.ts';
import { redisSpec } from './redis.ts';

export type InfrastructureKind = 'native' | 'docker';

export interface InfrastructurePlan {
  readonly kind: InfrastructureKind;
  readonly mysql: boolean;
  /** Without services no sidecar runs, and none has to be built. */
  readonly sidecars: boolean;
}

export interface InfrastructureReady {
  readonly daprd: string;
}

export async function startInfrastructure(context: StackContext, plan: InfrastructurePlan): Promise<InfrastructureReady> {
  const parts = plan.kind === 'docker' ? startContainers(context) : startNative(context, plan);
  const mails = startPart(context, 'mail sink', () => mailSinkSpec(context));
  const sidecar = plan.sidecars ? ensureDaprd(context) : Promise.resolve('');
  const [daprd] = await allTogether(context, [sidecar, parts, mails]);
  return { daprd };
}

async function startNative(context: StackContext, plan: InfrastructurePlan): Promise<void> {
  const jdk = findJdk();
  // The jars one after the other: two Mavens at once would write to the same local repository.
  const kafkaJars = areJarsCached()
    ? ensureKafkaJars(context, jdk)
    : context.progress.step('downloading Kafka', () => ensureKafkaJars(context, jdk));
  const elasticsearchJars = kafkaJars.then(() =>
    areJarsCached()
      ? ensureElasticsearchJars(context, jdk)
      : context.progress.step('downloading Elasticsearch', () => ensureElasticsearchJars(context, jdk)),
  );
  const kafka = kafkaJars.then((home) => startPart(context, 'Kafka', () => kafkaSpec(context, jdk, home)));
  await allTogether(context, [
    startDatabase(context, plan.mysql),
    startPart(context, 'Redis', () => redisSpec(context)),
    kafka.then((record) => startTopics(context, record.log)),
    elasticsearchJars.then((home) => startPart(context, 'Elasticsearch', () => elasticsearchSpec(context, jdk, home))),
  ]);
}

async function startDatabase(context: StackContext, mysqlWanted: boolean): Promise<void> {
  if (!mysqlWanted) {
    await startPart(context, 'MariaDB', () => mariadbSpec(context));
    return;
  }
  await context.progress.step('MySQL from Debian', () => ensureMysqlRootfs(context));
  await startPart(context, 'MySQL', () => mysqlSpec(context));
}

async function startPart(context: StackContext, title: string, spec: () => ProcessSpec | Promise<ProcessSpec>): Promise<ProcessRecord> {
  const start = async (): Promise<ProcessRecord> => {
    context.signal.throwIfAborted();
    const record = await launchProcess(context.profile, await spec());
    await waitUntilReady(record, { signal: context.signal, fix: 'if its data was damaged and may go: npm start -- --reset' });
    return record;
  };
  return context.progress.step(title, start, () => 'ready');
}

function startTopics(context: StackContext, log: string): Promise<void> {
  return context.progress.step('Kafka topics', () => ensureTopics(context.ports.kafka, log, context.signal));
}

function containerReadiness(context: StackContext, service: ComposeService): ProcessRecord['readiness'] {
  const { ports, secrets } = context;
  switch (service) {
    case 'mysql':
      return { kind: 'mysql', port: ports.mariadb, ...rootAccount(secrets) };
    case 'redis':
      return { kind: 'redis', port: ports.redis, password: secrets.get('redis-password') };
    case 'kafka':
      return { kind: 'kafka', port: ports.kafka };
    case 'elasticsearch':
      return elasticsearchReadiness(context);
  }
}

async function startContainers(context: StackContext): Promise<void> {
  const records = composeServices.map((service) => containerRecord(context, service, containerReadiness(context, service)));
  // Recorded first: a start that is given up halfway must find them to end them.
  for (const record of records) writeRecord(context.profile, record);
  await context.progress.step('containers', () => composeUp(context));
  await Promise.all(records.map((record) => waitUntilReady(record, { signal: context.signal })));
  await createAccounts(context);
  await startTopics(context, logFile(context, 'compose'));
}

async function createAccounts(context: StackContext): Promise<void> {
  const connection = await mysql.createConnection({ host: '127.0.0.1', port: context.ports.mariadb, ...rootAccount(context.secrets) });
  try {
    for (const statement of accountStatements(context.secrets)) await connection.query(statement);
  } finally {
    await connection.end();
  }
}
