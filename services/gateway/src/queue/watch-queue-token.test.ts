import type { MessageInitShape } from '@bufbuild/protobuf';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type QueueTokenSchema, RoomState, TokenStatus } from '@ticketing/contracts/gen/ticketing/queue/v1/queue_pb';
import { ids, type RunningGateway, startGateway } from '../testing/start-gateway.ts';

type Token = MessageInitShape<typeof QueueTokenSchema>;

const waiting: Token = {
  concertId: ids.concert,
  status: TokenStatus.WAITING,
  roomState: RoomState.OPEN,
  joinNumber: 3,
  position: 3,
  ahead: 2,
  etaSeconds: 9,
  pollAfterMs: 1_000,
};

let gateway: RunningGateway;
afterEach(() => gateway.stop());

/** A gateway before a queue where the person stands as `place` says. */
async function watchPlace(environment: NodeJS.ProcessEnv = {}) {
  const place: { token: Token | undefined } = { token: waiting };
  gateway = await startGateway(
    {
      queue: {
        getQueueToken: () => ({
          result: place.token ? { case: 'token', value: place.token } : { case: 'refusal', value: { code: 'not-in-queue' } },
        }),
        getQueueTokens: ({ userIds }) => ({ items: place.token ? userIds.map((userId) => ({ userId, token: place.token })) : [] }),
      },
    },
    { environment },
  );
  const token = await gateway.accessToken(ids.fan);
  const open = (headers: Record<string, string> = {}) =>
    fetch(`${gateway.url}/api/v1/queue/tokens/${ids.concert}/events`, { headers: { authorization: `Bearer ${token}`, ...headers } });
  return { place, open };
}

interface Heard {
  id: string;
  data: { status: string; ahead: number };
}

/** Reads events of a stream, one at a time; undefined at its end. */
function reader(response: Response): () => Promise<Heard | undefined> {
  const chunks = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  return async () => {
    for (;;) {
      const end = text.indexOf('\n\n');
      if (end >= 0) {
        const lines = text.slice(0, end).split('\n');
        text = text.slice(end + 2);
        const field = (name: string) => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
        const [id, data] = [field('id'), field('data')];
        if (id !== undefined && data !== undefined) return { id, data: JSON.parse(data) };
        continue;
      }
      const { value, done } = await chunks.read();
      if (done) return undefined;
      text += value;
    }
  };
}

describe('watching a place', () => {
  it('tells it at once, and again when it changes', async () => {
    const { place, open } = await watchPlace();
    const response = await open();
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
    const next = reader(response);
    expect((await next())?.data).toMatchObject({ status: 'WAITING', ahead: 2 });
    // Only the estimate changes, which is no news; then the place moves.
    place.token = { ...waiting, etaSeconds: 8 };
    place.token = { ...waiting, etaSeconds: 4, ahead: 1 };
    expect((await next())?.data).toMatchObject({ status: 'WAITING', ahead: 1 });
    place.token = { ...waiting, status: TokenStatus.SOLD_OUT };
    expect((await next())?.data).toMatchObject({ status: 'SOLD_OUT' });
  });

  it('goes on where a client was: what it knows is not told again', async () => {
    const { place, open } = await watchPlace();
    const first = await reader(await open())();
    const next = reader(await open({ 'last-event-id': first!.id }));
    place.token = { ...waiting, ahead: 0 };
    expect((await next())?.data).toMatchObject({ ahead: 0 });
  });

  it('ends when there is no place any more, and is refused then', async () => {
    const { place, open } = await watchPlace();
    const next = reader(await open());
    expect(await next()).toBeDefined();
    place.token = undefined;
    expect(await next()).toBeUndefined();
    expect((await open()).status).toBe(404);
  });

  it('is bounded for a person and for the instance, and free again when a stream is closed', async () => {
    const { open } = await watchPlace({ STREAMS_USER: '2', STREAMS: '100' });
    const streams = [await open(), await open()];
    const refused = await open();
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1']);
    await streams[0]!.body!.cancel();
    for (;;) if ((await open()).status === 200) break;
    await gateway.stop();
    const full = await watchPlace({ STREAMS_USER: '9', STREAMS: '1' });
    await full.open();
    const turnedAway = await full.open();
    expect(turnedAway.status).toBe(503);
    expect(Number(turnedAway.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('is bounded for an address, whoever comes from there', async () => {
    const { open } = await watchPlace({ STREAMS_ADDRESS: '2', STREAMS_USER: '9' });
    const from = (address: string) => ({ 'x-forwarded-for': address });
    const statuses = [];
    for (const host of [1, 2, 3]) statuses.push((await open(from(`2001:db8::${host}`))).status);
    expect(statuses).toEqual([200, 200, 429]);
    expect((await open(from('2001:db8:0:1::1'))).status).toBe(200);
  });
});
