import { createServer, type Server, type ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Sidecar } from '@ticketing/common/dapr';
import { pollUntil } from '@ticketing/common/poll-until';
import { answerBytesHeader, createRpcClient } from '@ticketing/common/rpc-client';
import { ConcertService } from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import { PaymentService } from '@ticketing/contracts/gen/ticketing/payment/v1/payment_pb';
import { ids, type RunningGateway, startGateway } from '../testing/start-gateway.ts';

/** Calls of the service that does not answer. */
const stuck: ServerResponse[] = [];
let sidecarServer: Server;
let sidecar: Sidecar;
let gateway: RunningGateway;

beforeAll(async () => {
  sidecarServer = createServer((request, response) => {
    request.resume();
    if (request.headers['dapr-app-id'] === 'concert') stuck.push(response);
    else response.writeHead(200, { [answerBytesHeader]: '0' }).end();
  });
  await new Promise<void>((resolve) => sidecarServer.listen(0, '127.0.0.1', resolve));
  const address = sidecarServer.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  sidecar = new Sidecar({ httpPort: address.port, apiToken: 'a token for tests only' });
  const replaced = {
    concert: createRpcClient(ConcertService, sidecar, 'concert'),
    payment: createRpcClient(PaymentService, sidecar, 'payment'),
  };
  gateway = await startGateway({}, { replaced });
});
afterAll(async () => {
  await gateway.stop();
  sidecarServer.closeAllConnections();
  await new Promise((resolve) => sidecarServer.close(resolve));
  await sidecar.close();
});

describe('a service that does not answer', () => {
  it('holds up its own routes only, and those say so soon', async () => {
    const answers: Response[] = [];
    const ask = async () => answers.push(await fetch(`${gateway.url}/api/v1/concerts/${crypto.randomUUID()}`));
    const asked = Promise.allSettled(Array.from({ length: 450 }, ask));
    await pollUntil(() => Promise.resolve(stuck.length >= 128 && answers.length >= 450 - 128 - 256 ? true : undefined), 5_000);
    expect(stuck).toHaveLength(128);

    const authorization = `Bearer ${await gateway.accessToken(ids.fan)}`;
    const balance = await fetch(`${gateway.url}/api/v1/points`, { headers: { authorization } });
    expect([balance.status, await balance.json()]).toEqual([200, { balance: 0, reserved: 0, currency: 'KRW' }]);

    // Those who find no place to wait are told at once, and those who wait before the calls ahead of them end.
    await pollUntil(() => Promise.resolve(answers.length === 450 - 128 || undefined), 10_000);
    expect(stuck).toHaveLength(128);
    expect(answers).toHaveLength(450 - 128);
    for (const { status, headers } of answers) expect([status, headers.get('retry-after')]).toEqual([503, '3']);
    for (const response of stuck) response.writeHead(500).end('{"code":"unavailable"}');
    await asked;
  }, 30_000);
});
