import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { GetSettingResponseSchema, SettingsService } from '@ticketing/contracts/gen/ticketing/common/v1/settings_pb';
import express from 'express';
import { Overloaded } from './bulkhead.ts';
import { Sidecar, SidecarError } from './dapr.ts';
import { InvocationFailed } from './invocation-failed.ts';
import { createLogger } from './log.ts';
import { refusalResult, refuse } from './refusal.ts';
import { answerBytesHeader, createRpcClient } from './rpc-client.ts';
import { serveRpc } from './rpc-server.ts';
import { type ServedApp, serveApp } from './testing/serve-app.ts';

const log = createLogger({ service: 'test', instance: 'test', level: 'silent' });
const path = '/ticketing.common.v1.SettingsService/GetSetting';

// One app stands in for the sidecar and the service behind it: both serve the same paths.
let served: ServedApp;
let sidecar: Sidecar;
const seenHeaders: unknown[] = [];

const callSettings = () => createRpcClient(SettingsService, sidecar, 'neighbour');
const post = (body: string | Uint8Array, contentType: string) =>
  fetch(`http://127.0.0.1:${served.port}${path}`, { method: 'POST', body, headers: { 'content-type': contentType } });

beforeAll(async () => {
  const app = express();
  app.use((request, _response, next) => {
    seenHeaders.push(request.headers['dapr-app-id']);
    next();
  });
  app.use(
    serveRpc(log, ({ service }) => {
      service(SettingsService, {
        getSetting: ({ key }): MessageInitShape<typeof GetSettingResponseSchema> => {
          if (key === 'broken') throw new Error('a secret reason');
          if (key === 'no-store') throw new SidecarError('get state', 500, 'ERR_STATE_GET');
          if (key === 'no-room') throw new Overloaded('too many wait');
          if (key === 'no-database') throw Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
          if (key === 'absent') return { result: refusalResult(refuse('setting-not-found', 'There is none.')) };
          return { result: { case: 'setting', value: { key, value: 5, description: 'Sitzplätze 좌석', minimum: 1, maximum: 30 } } };
        },
        putSetting: ({ key, value }) => Promise.resolve({ result: { case: 'setting', value: { key, value } } }),
      });
    }),
  );
  served = await serveApp(app);
  sidecar = new Sidecar({ httpPort: served.port, apiToken: 'token' });
});
afterAll(async () => {
  await sidecar.close();
  await served.close();
});

async function failureOf(key: string): Promise<InvocationFailed> {
  const error: unknown = await callSettings()
    .getSetting({ key })
    .catch((reason: unknown) => reason);
  if (error instanceof InvocationFailed) return error;
  throw new Error('the call did not fail');
}

describe('internal calls', () => {
  it('carry messages both ways, addressed to the other service', async () => {
    const { result } = await callSettings().getSetting({ key: 'hold.minutes' });
    expect(result).toMatchObject({ case: 'setting', value: { key: 'hold.minutes', value: 5, description: 'Sitzplätze 좌석' } });
    expect(seenHeaders).toContain('neighbour');
    expect((await callSettings().putSetting({ key: 'k', value: 2.5 })).result.value).toMatchObject({ value: 2.5 });
  });

  it('bring refusals as answers', async () => {
    const { result } = await callSettings().getSetting({ key: 'absent' });
    expect(result).toMatchObject({ case: 'refusal', value: { code: 'setting-not-found' } });
  });

  it('speak JSON too', async () => {
    const reply = await post('{"key":"hold.minutes"}', 'application/json');
    expect(reply.status).toBe(200);
    expect(await reply.json()).toMatchObject({ setting: { key: 'hold.minutes', value: 5 } });
  });

  it('fail as internal where the handler throws, without its reason', async () => {
    const failure = await failureOf('broken');
    expect(failure).toMatchObject({ appId: 'neighbour', status: 500, code: 'internal' });
    expect(failure.message).not.toContain('secret');
  });

  it.each(['no-store', 'no-room', 'no-database'])('fail as unavailable where something behind the service is out: %s', async (key) => {
    expect(await failureOf(key)).toMatchObject({ status: 503, code: 'unavailable' });
  });

  it('fail without a code where nobody answers', async () => {
    const nobody = new Sidecar({ httpPort: 1, apiToken: '' });
    const call = createRpcClient(SettingsService, nobody, 'neighbour').getSetting({ key: 'k' });
    await expect(call).rejects.toMatchObject({ name: 'InvocationFailed', status: 0, code: undefined });
    await nobody.close();
  });

  it('fail where the answer was cut off on its way, even to nothing', async () => {
    const app = express();
    let sent: { bytes: Record<string, string>; body: Buffer } = { bytes: {}, body: Buffer.alloc(0) };
    app.use((_request, response) => response.status(200).set(sent.bytes).end(sent.body));
    const cut = await serveApp(app);
    const cutter = new Sidecar({ httpPort: cut.port, apiToken: '' });
    const ask = () => createRpcClient(SettingsService, cutter, 'neighbour').getSetting({ key: 'k' });
    try {
      sent = { bytes: { [answerBytesHeader]: '12' }, body: Buffer.alloc(0) };
      await expect(ask()).rejects.toMatchObject({ name: 'InvocationFailed', status: 0 });
      sent = { bytes: { [answerBytesHeader]: '0' }, body: Buffer.alloc(0) };
      expect((await ask()).result.case).toBeUndefined();
      sent = { bytes: {}, body: Buffer.alloc(0) };
      await expect(ask()).rejects.toMatchObject({ name: 'InvocationFailed', status: 0 });
      // An older version of the service does not say how long its answers are.
      sent = {
        bytes: {},
        body: Buffer.from(
          toBinary(GetSettingResponseSchema, create(GetSettingResponseSchema, { result: refusalResult(refuse('no', 'It is refused.')) })),
        ),
      };
      expect((await ask()).result.case).toBe('refusal');
    } finally {
      await cutter.close();
      await cut.close();
    }
  });

  it.each([
    ['JSON', '{"key":', 'application/json'],
    ['JSON of another message', '{"seats":1}', 'application/json'],
    ['protobuf', new Uint8Array([0x0a, 0xff]), 'application/proto'],
  ])('refuse a body that is no %s', async (_kind, body, contentType) => {
    const reply = await post(body, contentType);
    expect(reply.status).toBe(400);
    expect(await reply.json()).toMatchObject({ code: 'invalid_argument' });
  });

  it('refuse a body of more than 1 MiB', async () => {
    const reply = await post(new Uint8Array(1024 * 1024 + 1), 'application/proto');
    expect(reply.status).toBe(429);
    expect(await reply.json()).toMatchObject({ code: 'resource_exhausted' });
  });

  it('leave other paths and methods to others', async () => {
    expect((await fetch(`http://127.0.0.1:${served.port}${path}`)).status).toBe(404);
    expect((await fetch(`http://127.0.0.1:${served.port}${path}s`, { method: 'POST' })).status).toBe(404);
  });
});
