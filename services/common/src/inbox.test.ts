import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import express from 'express';
import { type PublishEntry, SidecarError } from './dapr.ts';
import { newId } from './database.ts';
import { on, project, receiveEvents } from './inbox.ts';
import { createLogger } from './log.ts';
import { internalErrors } from './service-app.ts';
import { type ServedApp, serveApp } from './testing/serve-app.ts';

const log = createLogger({ service: 'test', instance: 'test', level: 'silent' });

let served: ServedApp;
let failure: Error | undefined;
let isReady: boolean;
let brokerTakes: boolean;
let eventId: string;
const received: string[] = [];
const replayed: string[] = [];
const letters: { topic: string; entry: PublishEntry }[] = [];

async function post(path: string, event: object): Promise<Response> {
  const body = JSON.stringify({ specversion: '1.0', id: eventId, source: 'payment', ...event });
  const headers = { 'content-type': 'application/cloudevents+json', 'dapr-api-token': 'secret' };
  return fetch(`http://127.0.0.1:${served.port}${path}`, { method: 'POST', headers, body });
}

/** Delivers an event as the sidecar does: the status, and what is said to the sidecar. */
async function deliver(event: object): Promise<{ status: number; says: unknown }> {
  const reply = await post('/events/users', event);
  return { status: reply.status, says: reply.status === 200 ? await reply.json() : undefined };
}

const taken = { status: 200, says: { status: 'SUCCESS' } };

beforeAll(async () => {
  const take = on('user.registered', ({ userId }) => {
    if (failure) return Promise.reject(failure);
    received.push(userId);
    return Promise.resolve();
  });
  const show = project('concert.created', ({ concertId }) => {
    replayed.push(concertId);
    return Promise.resolve();
  });
  const app = express();
  const consumer = {
    service: 'queue',
    log,
    sidecar: {
      publish: (topic: string, entries: PublishEntry[]) => {
        if (!brokerTakes) return Promise.resolve(new Set(entries.map(({ id }) => id)));
        for (const entry of entries) letters.push({ topic, entry });
        return Promise.resolve(new Set<string>());
      },
    },
    ready: () => (isReady ? Promise.resolve() : Promise.reject(new Error('out'))),
  };
  app.use(receiveEvents([take, show], consumer));
  app.use(internalErrors(log));
  served = await serveApp(app);
});
afterAll(() => served.close());
beforeEach(() => {
  eventId = newId();
  failure = undefined;
  isReady = true;
  brokerTakes = true;
  for (const list of [received, replayed, letters]) list.length = 0;
});

const registered = () => ({ type: 'user.registered', data: { userId: newId() } });
const created = () => ({
  type: 'concert.created',
  data: {
    ...{ concertId: newId(), version: 1, title: 'A', artist: 'B', description: '', startsOn: null, endsOn: null },
    venue: { id: newId(), name: 'V', city: 'C', timeZone: 'Asia/Seoul' },
    saleOpensAt: '2027-03-01T11:00:00.000Z',
  },
});

describe('receiveEvents', () => {
  it('gives an event to the handler of its type, and acknowledges types without one', async () => {
    const event = registered();
    expect(await deliver(event)).toEqual(taken);
    expect(received).toEqual([event.data.userId]);
    expect(await deliver({ type: 'user.forgotten', data: { anything: true } })).toEqual(taken);
  });

  it('gives replays to projections, and leaves everything else alone', async () => {
    expect(await deliver({ ...registered(), replay: newId() })).toEqual(taken);
    expect(received).toEqual([]);
    const event = created();
    expect(await deliver({ ...event, replay: newId() })).toEqual(taken);
    expect(replayed).toEqual([event.data.concertId]);
  });

  it('asks for an event again and again while something is out', async () => {
    failure = new SidecarError('save state', 500, 'ERR_STATE_SAVE');
    for (let times = 1; times <= 20; times += 1) expect((await deliver(registered())).status).toBe(500);
    expect(letters).toEqual([]);
    failure = undefined;
    expect(await deliver(registered())).toEqual(taken);
  });

  it('puts an event aside that fails although the service is well, with what it met', async () => {
    failure = new Error('a bug');
    const event = registered();
    for (let times = 1; times <= 4; times += 1) expect((await deliver(event)).status).toBe(500);
    expect(await deliver(event)).toEqual(taken);
    expect(letters).toEqual([
      {
        topic: 'queue.dead-letters',
        entry: expect.objectContaining({
          type: 'dead-letter',
          key: eventId,
          data: expect.objectContaining({
            ...{ service: 'queue', topic: 'users', error: 'a bug', attempts: 5 },
            event: expect.objectContaining({ id: eventId, ...event }),
            headers: expect.objectContaining({ 'content-type': 'application/cloudevents+json' }),
          }),
        }),
      },
    ]);
    expect(JSON.stringify(letters)).not.toContain('secret');
    failure = undefined;
    eventId = newId();
    expect(await deliver(registered())).toEqual(taken);
  });

  it('takes a failure for an outage as long as the service is not well', async () => {
    failure = new Error('of unknown kind');
    isReady = false;
    for (let times = 1; times <= 10; times += 1) expect((await deliver(registered())).status).toBe(500);
    expect(letters).toEqual([]);
  });

  it.each([
    ['data that do not fit', { type: 'user.registered', data: { userId: 'me' } }],
    ['no data', { type: 'user.registered' }],
    ['an id of another kind', { type: 'user.registered', id: '7', data: { userId: newId() } }],
    ['no type', { data: { userId: newId() } }],
  ])('puts %s aside at once', async (_what, event) => {
    expect(await deliver(event)).toEqual(taken);
    expect(received).toEqual([]);
    expect(letters).toHaveLength(1);
  });

  it('does not acknowledge what the dead-letter topic has not taken', async () => {
    brokerTakes = false;
    expect((await deliver({ type: 'user.registered', data: { userId: 'me' } })).status).toBe(500);
    brokerTakes = true;
    expect(await deliver({ type: 'user.registered', data: { userId: 'me' } })).toEqual(taken);
    expect(letters).toHaveLength(1);
  });
});

describe('what comes back', () => {
  const redrive = async (event: object): Promise<unknown> => {
    const reply = await post('/redriven', event);
    return reply.status === 200 ? reply.json() : reply.status;
  };

  it('is taken, and says so', async () => {
    const event = registered();
    expect(await redrive(event)).toEqual({ outcome: 'done', error: '' });
    expect(received).toEqual([event.data.userId]);
  });

  it('says what it met when it fails again, and that within a good answer', async () => {
    failure = new Error('still a bug');
    expect(await redrive(registered())).toEqual({ outcome: 'failed', error: 'still a bug' });
    expect(await redrive({ type: 'user.registered', data: {} })).toEqual({ outcome: 'failed', error: 'its data are no user.registered' });
    expect(await redrive({ data: {} })).toEqual({ outcome: 'failed', error: 'it is no event of ours' });
  });

  it('has to wait while something is out', async () => {
    failure = new SidecarError('save state', 500, 'ERR_STATE_SAVE');
    expect(await redrive(registered())).toBe(500);
  });
});
