import { connect } from 'node:net';
import mysql from 'mysql2/promise';
import { z } from 'zod';
import { fetchPartitionLeaders } from './infrastructure/kafka-admin.ts';

/** How to ask a part whether it does its work, as opposed to whether its port is open. */
export const readinessSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('http'), url: z.string(), status: z.number(), headers: z.record(z.string(), z.string()) }),
  z.object({ kind: z.literal('mysql'), port: z.number(), user: z.string(), password: z.string() }),
  z.object({ kind: z.literal('redis'), port: z.number(), password: z.string() }),
  z.object({ kind: z.literal('kafka'), port: z.number() }),
]);
export type Readiness = z.infer<typeof readinessSchema>;

const probeTimeoutMs = 3_000;

/** Returns undefined when the part is ready, else why it is not. */
export async function probe(readiness: Readiness): Promise<string | undefined> {
  try {
    switch (readiness.kind) {
      case 'http':
        return await probeHttp(readiness);
      case 'mysql':
        return await probeMysql(readiness);
      case 'redis':
        return await probeRedis(readiness.port, readiness.password);
      case 'kafka':
        await fetchPartitionLeaders(readiness.port, []);
        return undefined;
    }
  } catch (error) {
    return describeProbeError(error);
  }
}

function describeProbeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : '';
  return `${error.message || error.name}${cause}`;
}

async function probeHttp({ url, status, headers }: Extract<Readiness, { kind: 'http' }>): Promise<string | undefined> {
  const response = await fetch(url, { headers, signal: AbortSignal.timeout(probeTimeoutMs) });
  const body = await response.text();
  return response.status === status ? undefined : `${url} answers ${response.status} ${body.slice(0, 300)}`;
}

async function probeMysql({ port, user, password }: Extract<Readiness, { kind: 'mysql' }>): Promise<undefined> {
  const connection = await mysql.createConnection({ host: '127.0.0.1', port, user, password, connectTimeout: probeTimeoutMs });
  try {
    await connection.query('SELECT 1');
  } finally {
    connection.destroy();
  }
}

/** A PING in Redis' inline protocol; while it still loads its file it answers -LOADING. */
function probeRedis(port: number, password: string): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: probeTimeoutMs });
    let answer = '';
    const finish = (reason: string | undefined) => {
      socket.destroy();
      resolve(reason);
    };
    socket.on('connect', () => socket.write(`AUTH ${password}\r\nPING\r\n`));
    socket.on('data', (chunk) => {
      answer += chunk.toString();
      if (answer.includes('+PONG')) finish(undefined);
      else if (answer.split('\r\n').length > 2) finish(answer.trim());
    });
    socket.on('timeout', () => finish('no answer to PING'));
    socket.on('error', reject);
    socket.on('close', () => finish('closed the connection'));
  });
}
