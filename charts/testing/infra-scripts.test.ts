import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { accountStatements } from '../../deploy/local/infrastructure/database-accounts.ts';
import { databaseOwners } from '../../deploy/local/services.ts';
import { podTemplateOf } from './pod-templates.ts';
import { renderChart } from './render-chart.ts';

/** The scripts of the chart's ConfigMaps, run here with the arguments that its pods give them. */
const run = promisify(execFile);
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(`${tmpdir()}/infra-scripts-`);
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Writes the files of a part's ConfigMap, in which paths are replaced by ours, and returns a container's command, likewise. */
async function prepare(workload: string, container: string, paths: Record<string, string>): Promise<string[]> {
  const local = (text: string): string => Object.entries(paths).reduce((result, [from, to]) => result.replaceAll(from, to), text);
  const manifests = await renderChart('ticketing-infra');
  for (const { kind, data } of manifests) {
    if (kind !== 'ConfigMap') continue;
    for (const [name, content] of Object.entries(data ?? {})) writeFileSync(`${folder}/${name}`, local(content));
  }
  const pod = manifests.filter(({ metadata }) => metadata.name === workload).flatMap((manifest) => podTemplateOf(manifest) ?? [])[0];
  const containers = [...(pod?.spec.initContainers ?? []), ...(pod?.spec.containers ?? [])];
  return containers.find(({ name }) => name === container)?.command.map(local) ?? [];
}

describe('passwords', () => {
  const names = ['witness', ...databaseOwners, ...databaseOwners.map((owner) => `${owner}-migrator`)].map((name) => `${name}-db-password`);
  const secrets = { get: (name: string) => `the-${name}` };

  beforeEach(() => {
    for (const name of [...names, 'redis-password']) writeFileSync(`${folder}/${name}`, secrets.get(name));
  });

  async function compose(workload: string, container: string): Promise<void> {
    const paths = { '/etc/ticketing': folder, '/run/passwords': folder, '/run/accounts': folder, '/run/redis': folder };
    const [program = '', ...args] = await prepare(workload, container, paths);
    await run(program, args);
  }
  const composeAccounts = () => compose('infra-mysql', 'accounts');
  const composeRedis = () => compose('infra-redis', 'password');

  it('become the accounts that the local stack has, without any root from elsewhere', async () => {
    await composeAccounts();
    const statements = readFileSync(`${folder}/accounts.sql`, 'utf8').trimEnd().split('\n');
    const wanted = accountStatements(secrets).filter((statement) => !statement.includes("'root'"));
    expect(statements.sort()).toEqual(wanted.map((statement) => `${statement};`).sort());
  });

  it('are set in the configuration that Redis includes', async () => {
    await composeRedis();
    expect(readFileSync(`${folder}/password.conf`, 'utf8')).toBe('requirepass the-redis-password\n');
    expect(readFileSync(`${folder}/redis.conf`, 'utf8')).toContain(`include ${folder}/password.conf\n`);
  });

  it('may end with a line break, which is not part of them', async () => {
    writeFileSync(`${folder}/redis-password`, 'plain\n');
    await composeRedis();
    expect(readFileSync(`${folder}/password.conf`, 'utf8')).toBe('requirepass plain\n');
  });

  it.each(["it's", 'say "x"', 'back\\slash', 'a blank', 'two\nlines', ''])(
    'are refused where they could end early: %j',
    async (password) => {
      writeFileSync(`${folder}/payment-migrator-db-password`, password);
      await expect(composeAccounts()).rejects.toThrow('payment-migrator-db-password must have');
      writeFileSync(`${folder}/redis-password`, password);
      await expect(composeRedis()).rejects.toThrow('redis-password must have');
    },
  );
});

describe("the installation of MySQL's tables", () => {
  /** Runs the script with a server that writes one file and ends as told. */
  async function initialise(exitCode: number): Promise<void> {
    const volume = `${folder}/volume`;
    const [program = '', ...args] = await prepare('infra-mysql', 'initialise', { '/etc/ticketing': folder, '/var/lib/mysql': volume });
    const server = ['#!/bin/sh', `mkdir ${volume}/unfinished`, `echo new > ${volume}/unfinished/ibdata1`, `exit ${exitCode}`];
    writeFileSync(`${folder}/mysqld`, server.join('\n'));
    chmodSync(`${folder}/mysqld`, 0o755);
    mkdirSync(volume, { recursive: true });
    await run(program, args, { env: { PATH: `${folder}:${process.env['PATH'] ?? ''}` } });
  }

  it('begins again after an interruption, and leaves complete tables alone', async () => {
    await expect(initialise(1)).rejects.toThrow();
    await initialise(0);
    writeFileSync(`${folder}/volume/tables/ibdata1`, 'used');
    await initialise(1);
    expect(readFileSync(`${folder}/volume/tables/ibdata1`, 'utf8')).toBe('used');
  });
});

describe('the topics Job', () => {
  const text = (value: string): Buffer => Buffer.concat([int16(value.length), Buffer.from(value)]);

  function int16(value: number): Buffer {
    const buffer = Buffer.alloc(2);
    buffer.writeInt16BE(value);
    return buffer;
  }

  function int32(value: number): Buffer {
    const buffer = Buffer.alloc(4);
    buffer.writeInt32BE(value);
    return buffer;
  }

  function framed(...parts: Buffer[]): Buffer {
    const message = Buffer.concat(parts);
    return Buffer.concat([int32(message.length), message]);
  }

  /** Runs the Job's command against a broker that answers so to each topic; returns what it was sent. */
  async function createTopics(results: Record<string, Buffer>): Promise<{ sent: Buffer; stdout: string }> {
    const answers = Object.entries(results).map(([name, result]) => Buffer.concat([text(name), result]));
    let sent = Buffer.alloc(0);
    const broker = createServer((socket) => {
      let request = Buffer.alloc(0);
      socket
        .on('error', () => undefined)
        .on('data', (chunk) => {
          request = Buffer.concat([request, chunk]);
          // The shell writes it in pieces.
          if (request.length < 4 || request.length < 4 + request.readInt32BE()) return;
          const asksForVersions = request.readInt16BE(4) === 18;
          if (!asksForVersions) sent = request;
          socket.write(
            asksForVersions ? framed(int32(1), int16(0), int32(0)) : framed(int32(1), int32(0), int32(answers.length), ...answers),
          );
        });
    });
    await new Promise<void>((resolve) => broker.listen(0, '127.0.0.1', resolve));
    try {
      const address = broker.address();
      const port = typeof address === 'object' ? address?.port : undefined;
      await prepare('infra-kafka-topics', 'topics', { '/etc/ticketing': folder });
      const args = [`${folder}/topics.sh`, '127.0.0.1', String(port), '6', ...Object.keys(results)];
      const { stdout } = await run('bash', args);
      return { sent, stdout };
    } finally {
      broker.close();
    }
  }

  it('asks for all topics at once, and is content with those that exist', async () => {
    const { sent, stdout } = await createTopics({
      users: Buffer.concat([int16(0), int16(-1)]),
      'queue.dead-letters': Buffer.concat([int16(36), text('Topic exists.')]),
    });
    const topic = (name: string): Buffer => Buffer.concat([text(name), int32(6), int16(1), int32(0), int32(0)]);
    const header = [int16(19), int16(4), int32(1), text('ticketing-infra')];
    expect(sent).toEqual(framed(...header, int32(2), topic('users'), topic('queue.dead-letters'), int32(30_000), Buffer.alloc(1)));
    expect(stdout).toBe('users: created\nqueue.dead-letters: exists\n');
  });

  it('fails with the reason when one is refused', async () => {
    const refused = createTopics({
      users: Buffer.concat([int16(0), int16(-1)]),
      payments: Buffer.concat([int16(37), text('not 100% right')]),
    });
    await expect(refused).rejects.toThrow('payments: error 37 not 100% right');
  });
});
