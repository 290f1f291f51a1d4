import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ids, type RunningGateway, startGateway } from '../testing/start-gateway.ts';

const etag = '"v1"';
const bytes = Buffer.from('{"performanceId":"x","version":1,"seats":[{"section":"가"}]}');
let gateway: RunningGateway;

beforeAll(async () => {
  gateway = await startGateway({
    reservation: {
      getSeatMap: ({ ifNoneMatch }) => {
        const notModified = ifNoneMatch === etag;
        return { result: { case: 'seatMap', value: { json: notModified ? new Uint8Array() : bytes, etag, notModified } } };
      },
    },
  });
});
afterAll(() => gateway.stop());

async function look(ifNoneMatch?: string) {
  const headers = {
    authorization: `Bearer ${await gateway.accessToken(ids.fan)}`,
    'x-queue-pass': await gateway.queuePass(ids.fan, ids.concert),
    ...(ifNoneMatch !== undefined && { 'if-none-match': ifNoneMatch }),
  };
  const response = await fetch(`${gateway.url}/api/v1/performances/${ids.performance}/seats`, { headers });
  return { response, body: Buffer.from(await response.arrayBuffer()) };
}

describe('GET /api/v1/performances/{id}/seats', () => {
  it('passes the bytes on as they are', async () => {
    const { response, body } = await look('"older"');
    expect(response.status).toBe(200);
    expect(body.equals(bytes)).toBe(true);
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(response.headers.get('etag')).toBe(etag);
    expect(response.headers.get('cache-control')).toBe('private, no-cache');
  });

  it.each([etag, `W/${etag}`, `"older", ${etag}`, '*'])('answers 304 to If-None-Match: %s', async (known) => {
    const { response, body } = await look(known);
    expect([response.status, body.length, response.headers.get('etag')]).toEqual([304, 0, etag]);
  });
});
