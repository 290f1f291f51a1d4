import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { pollUntil } from '@ticketing/common/poll-until';
import { collectMetrics } from '@ticketing/common/testing/collect-metrics';
import { RoomState, TokenStatus } from '@ticketing/contracts/gen/ticketing/queue/v1/queue_pb';
import { SeatStatus } from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import { ids, type RunningGateway, startGateway } from '../testing/start-gateway.ts';

const token = { concertId: ids.concert, status: TokenStatus.WAITING, roomState: RoomState.OPEN, position: 1, joinNumber: 1 };
const changes = {
  concertId: ids.concert,
  etag: '"1"',
  version: 1n,
  complete: true,
  changes: [{ seatId: ids.seat, status: SeatStatus.AVAILABLE }],
};
const routes = {
  place: `/api/v1/queue/tokens/${ids.concert}/events`,
  seats: `/api/v1/performances/${ids.performance}/seats/events`,
};
const tries = 10;
const valueOf = collectMetrics();
const openStreams = () => valueOf('ticketing_event_streams_open');

let gateway: RunningGateway;
/** What is asked waits for `door`. */
let door: Promise<void>;
let asked: number;
let credentials: string;

beforeEach(async () => {
  [door, asked] = [Promise.resolve(), 0];
  const wait = async () => {
    asked += 1;
    await door;
  };
  gateway = await startGateway({
    queue: {
      getQueueToken: async () => (await wait(), { result: { case: 'token', value: token } }),
      getQueueTokens: async ({ userIds }) => (await wait(), { items: userIds.map((userId) => ({ userId, token })) }),
    },
    reservation: { getSeatChanges: async () => (await wait(), { result: { case: 'changes', value: changes } }) },
  });
  const [access, pass] = [await gateway.accessToken(ids.fan), await gateway.queuePass(ids.fan, ids.concert)];
  credentials = `Authorization: Bearer ${access}\r\nX-Queue-Pass: ${pass}`;
});
afterEach(() => gateway.stop());

function ask(path: string, times = 1): Socket {
  const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(`GET ${path} HTTP/1.1\r\nHost: gateway\r\n${credentials}\r\n\r\n`.repeat(times));
  return socket;
}

async function until(what: string, look: () => boolean | Promise<boolean>): Promise<void> {
  if (!(await pollUntil(async () => (await look()) || undefined, 5_000))) throw new Error(`waited in vain: ${what}`);
}

const nobodyIsConnected = () => until('nobody is connected', async () => (await gateway.connections()) === 0);

/** The status of one more stream; closes it again. */
async function statusOfOneMore(path: string): Promise<string> {
  const socket = ask(path);
  const [head] = await once(socket, 'data');
  socket.destroy();
  await nobodyIsConnected();
  return String(head).split('\r\n')[0] ?? '';
}

describe.each(Object.entries(routes))('the slot of a stream of %s', (_name, path) => {
  it('is not taken when the client leaves while its answer is made', async () => {
    let open = (): void => undefined;
    door = new Promise((resolve) => {
      open = resolve;
    });
    const sockets = Array.from({ length: tries }, () => ask(path));
    await until('the service is asked', () => asked > 0);
    await until('all are connected', async () => (await gateway.connections()) === tries);
    for (const socket of sockets) socket.destroy();
    await nobodyIsConnected();
    open();
    expect(await statusOfOneMore(path)).toBe('HTTP/1.1 200 OK');
    expect(await openStreams()).toBe(0);
  });

  it('is given back when the client leaves at once', async () => {
    for (let left = tries; left > 0; left -= 1) {
      const socket = ask(path);
      await once(socket, 'data');
      socket.destroy();
      await nobodyIsConnected();
    }
    expect(await statusOfOneMore(path)).toBe('HTTP/1.1 200 OK');
    expect(await openStreams()).toBe(0);
  });

  it('is given back by answers that wait behind another on their connection', async () => {
    const socket = ask(path, tries);
    await until('streams are open', async () => (await openStreams()) === 5);
    socket.destroy();
    await nobodyIsConnected();
    expect(await openStreams()).toBe(0);
    expect(await statusOfOneMore(path)).toBe('HTTP/1.1 200 OK');
  });
});
