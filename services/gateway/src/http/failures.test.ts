import { createServer, type Server } from 'node:http';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Sidecar } from '@ticketing/common/dapr';
import { createRpcClient } from '@ticketing/common/rpc-client';
import { ConcertService } from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import { ReservationStatus } from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import { ids, type RunningGateway, startGateway } from '../testing/start-gateway.ts';

// Stands in for the sidecar: answers every invocation with this.
let reply = { status: 500, body: '' };
let sidecarServer: Server;
let sidecar: Sidecar;
let gateway: RunningGateway;

beforeAll(async () => {
  sidecarServer = createServer((request, response) => {
    request.resume();
    if (reply.status === 0) request.socket.destroy();
    else response.writeHead(reply.status, { 'content-type': 'application/json' }).end(reply.body);
  });
  await new Promise<void>((resolve) => sidecarServer.listen(0, '127.0.0.1', resolve));
  const address = sidecarServer.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  sidecar = new Sidecar({ httpPort: address.port, apiToken: 'a token for tests only' });
  gateway = await startGateway(
    {
      reservation: {
        listReservations: () => ({
          result: {
            case: 'page',
            value: {
              items: [
                {
                  id: ids.reservation,
                  concertId: ids.concert,
                  performanceId: ids.performance,
                  status: ReservationStatus.CONFIRMED,
                  expiresAt: timestampFromDate(new Date(0)),
                  createdAt: timestampFromDate(new Date(0)),
                  tickets: [{ id: ids.seat, seatId: ids.seat }],
                },
              ],
              nextCursor: 'next',
            },
          },
        }),
      },
    },
    { replaced: { concert: createRpcClient(ConcertService, sidecar, 'concert') } },
  );
});
afterAll(async () => {
  await gateway.stop();
  await sidecar.close();
  sidecarServer.closeAllConnections();
  await new Promise((resolve) => sidecarServer.close(resolve));
});

async function getConcert() {
  const response = await fetch(`${gateway.url}/api/v1/concerts/${ids.concert}`);
  const body = (await response.json()) as { code: string };
  return { status: response.status, code: body.code, retryAfter: response.headers.get('retry-after'), text: JSON.stringify(body) };
}

describe('failing services', () => {
  it.each([
    ['the sidecar can’t reach it or its breaker is open', 500, '{"errorCode":"ERR_DIRECT_INVOKE","message":"fail to invoke, id: concert"}'],
    ['the connection breaks', 0, ''],
    ['it says that it is unavailable', 503, '{"code":"unavailable"}'],
    ['it takes too long', 504, '{"code":"deadline_exceeded"}'],
    ['something in between answers nonsense', 502, '<html>bad gateway</html>'],
  ])('are 503 when %s', async (_name, status, body) => {
    reply = { status, body };
    expect(await getConcert()).toMatchObject({ status: 503, code: 'temporarily-unavailable', retryAfter: '3' });
  });

  it.each(['internal', 'unknown', 'invalid_argument', 'unimplemented'])('are 500 when they answer %s, and nothing leaks', async (code) => {
    reply = { status: 500, body: JSON.stringify({ code, message: 'ER_BAD_FIELD secret column' }) };
    const answer = await getConcert();
    expect(answer).toMatchObject({ status: 500, code: 'internal-error', retryAfter: null });
    expect(answer.text).not.toMatch(/secret|concert/);
  });

  it('leave my reservations listed, without titles', async () => {
    reply = { status: 500, body: '{"errorCode":"ERR_DIRECT_INVOKE"}' };
    const authorization = `Bearer ${await gateway.accessToken(ids.fan)}`;
    const response = await fetch(`${gateway.url}/api/v1/users/me/reservations`, { headers: { authorization } });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      items: [
        {
          id: ids.reservation,
          status: 'CONFIRMED',
          tickets: [{ id: ids.seat, seatId: ids.seat }],
          concert: { id: ids.concert, title: null },
          performance: { id: ids.performance, startsAt: null },
        },
      ],
      nextCursor: 'next',
    });
  });
});
