import { create, toBinary } from '@bufbuild/protobuf';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ROOT_CONTEXT } from '@opentelemetry/api';
import { CallGroupSchema } from '@ticketing/contracts/gen/ticketing/common/v1/call_group_pb';
import { GetBalanceRequestSchema, PaymentService } from '@ticketing/contracts/gen/ticketing/payment/v1/payment_pb';
import express from 'express';
import { Sidecar } from './dapr.ts';
import { createLogger } from './log.ts';
import { createRpcClient } from './rpc-client.ts';
import { serveRpc } from './rpc-server.ts';
import { currentTraceId, inSpan, startTelemetry, type Telemetry } from './telemetry.ts';
import { type ServedApp, serveApp } from './testing/serve-app.ts';

const log = createLogger({ service: 'test', instance: 'test', level: 'silent' });
const path = '/ticketing.payment.v1.PaymentService/GetBalance';

const unused = {
  ...{ chargePoints: () => ({}), listLedger: () => ({}), pay: () => ({}), getPayment: () => ({}), refundPayment: () => ({}) },
  ...{ refundTickets: () => ({}), cancelTickets: () => ({}) },
  ...{ cancelPayment: () => ({}), listSagas: () => ({}), retrySaga: () => ({}), forceSaga: () => ({}) },
};

let telemetry: Telemetry;
let served: ServedApp;
let sidecar: Sidecar;
/** Paths that were called, in their order. */
let invoked: string[];
let knowsGroups: boolean;
/** Calls for the user `held` are answered when `release` was called. */
let held: Promise<void>;
let release: () => void;
/** Calls for the user `slow` are answered from the second on. */
let slowCalls: number;
/** The trace in which each user was asked for. */
let traces: Map<string, string>;
/** The trace of each call, where it was made. */
let callers: Map<string, string>;

// What stands for a user's balance.
const balances: Record<string, bigint> = { held: 0n, slow: 9n };

async function balanceOf(userId: string): Promise<bigint> {
  traces.set(userId, currentTraceId());
  if (userId === 'held') await held;
  if (userId === 'slow' && slowCalls++ === 0) await new Promise(() => undefined);
  if (userId === 'broken') throw new Error('a secret reason');
  if (userId === 'out') throw Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
  return balances[userId] ?? BigInt(userId);
}

beforeAll(async () => {
  telemetry = startTelemetry({ service: 'test', instance: 'test' });
  const app = express();
  app.use((request, response, next) => {
    invoked.push(request.path);
    if (request.path.endsWith('/Group') && !knowsGroups) response.status(404).end();
    else next();
  });
  app.use(
    serveRpc(log, ({ service }) => {
      service(PaymentService, {
        ...unused,
        getBalance: async ({ userId }) => ({ balance: await balanceOf(userId) }),
      });
    }),
  );
  served = await serveApp(app);
  sidecar = new Sidecar({ httpPort: served.port, apiToken: 'token' });
});
beforeEach(() => {
  invoked = [];
  knowsGroups = true;
  held = new Promise((resolve) => {
    release = resolve;
  });
  slowCalls = 0;
  traces = new Map();
  callers = new Map();
});
afterEach(() => release());
afterAll(async () => {
  await sidecar.close();
  await served.close();
  await telemetry.stop();
});

/** Asks for all users' balances while a call is out, and returns what came of each. */
async function askTogether(userIds: string[]): Promise<unknown[]> {
  const client = createRpcClient(PaymentService, sidecar, 'neighbour');
  const first = client.getBalance({ userId: 'held' });
  while (!traces.has('held')) await new Promise(setImmediate);
  const others = userIds.map((userId) =>
    inSpan(userId, { parent: ROOT_CONTEXT }, () => {
      callers.set(userId, currentTraceId());
      return client.getBalance({ userId });
    }).then(
      ({ balance }) => Number(balance),
      (error: unknown) => error,
    ),
  );
  release();
  await first;
  return Promise.all(others);
}

describe('calls of one method', () => {
  it('share the next invocation while one is out, and each has its own answer', async () => {
    expect(await askTogether(['1', '2', '3'])).toEqual([1, 2, 3]);
    expect(invoked).toEqual([path, `${path}/Group`]);
  });

  it('go as they are when they come one by one', async () => {
    const client = createRpcClient(PaymentService, sidecar, 'neighbour');
    await client.getBalance({ userId: '1' });
    await client.getBalance({ userId: '2' });
    expect(invoked).toEqual([path, path]);
  });

  it('do not share an invocation where the method must not be asked twice', async () => {
    const client = createRpcClient(PaymentService, sidecar, 'neighbour');
    await Promise.all(['1', '2', '3'].map((paymentId) => client.refundPayment({ paymentId })));
    const single = path.replace('GetBalance', 'RefundPayment');
    expect(invoked).toEqual([single, single, single]);
  });

  it('fail each by itself', async () => {
    const internal = expect.objectContaining({ name: 'InvocationFailed', status: 500, code: 'internal' });
    const unavailable = expect.objectContaining({ name: 'InvocationFailed', status: 503, code: 'unavailable' });
    expect(await askTogether(['1', 'broken', 'out', '2'])).toEqual([1, internal, unavailable, 2]);
    expect(invoked).toHaveLength(2);
  });

  it('fail as one where all of them are unavailable, so that a circuit breaker sees it', async () => {
    expect(await groupStatus(['out', 'out'])).toBe(503);
    expect(await groupStatus(['out', '1'])).toBe(200);
    const unavailable = expect.objectContaining({ name: 'InvocationFailed', status: 503, code: 'unavailable' });
    expect(await askTogether(['out', 'out'])).toEqual([unavailable, unavailable]);
  });

  it('keep their own traces', async () => {
    await askTogether(['1', '2', '3']);
    expect(invoked).toEqual([path, `${path}/Group`]);
    traces.delete('held');
    expect(traces).toEqual(callers);
    expect(new Set(traces.values()).size).toBe(3);
  });

  it('are asked again alone when they take longer than the others may wait', async () => {
    expect(await askTogether(['1', 'slow', '2'])).toEqual([1, 9, 2]);
    expect(invoked).toEqual([path, `${path}/Group`, path]);
  });

  it('go alone to a version of the service that knows no groups', async () => {
    knowsGroups = false;
    expect(await askTogether(['1', '2'])).toEqual([1, 2]);
    expect(invoked).toEqual([path, `${path}/Group`, path, path]);
  });

  it('are refused as a group that cannot be read', async () => {
    const reply = await fetch(`http://127.0.0.1:${served.port}${path}/Group`, { method: 'POST', body: new Uint8Array([0x0a, 0xff]) });
    expect([reply.status, await reply.json()]).toEqual([400, expect.objectContaining({ code: 'invalid_argument' })]);
  });
});

/** The HTTP status of a group of calls for these users. */
async function groupStatus(userIds: string[]): Promise<number> {
  const requests = userIds.map((userId) => toBinary(GetBalanceRequestSchema, create(GetBalanceRequestSchema, { userId })));
  const body = toBinary(CallGroupSchema, create(CallGroupSchema, { calls: requests.map((request) => ({ request })) }));
  const reply = await fetch(`http://127.0.0.1:${served.port}${path}/Group`, { method: 'POST', body });
  await reply.arrayBuffer();
  return reply.status;
}
