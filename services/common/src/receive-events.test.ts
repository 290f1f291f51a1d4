import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import express from 'express';
import { z } from 'zod';
import { type PublishEntry, SidecarError } from './dapr.ts';
import { newId } from './database.ts';
import { on, project } from './inbox.ts';
import { createLogger } from './log.ts';
import { receiveEvents } from './receive-events.ts';
import { internalErrors } from './service-app.ts';
import { type ServedApp, serveApp } from './testing/serve-app.ts';

const log = createLogger({ service: 'test', instance: 'test', level: 'silent' });

let served: ServedApp;
/** What every event fails with, if it does. */
let failure: Error | undefined;
/** What single events fail with, by person. */
const failures = new Map<string, Error>();
let isReady: boolean;
let brokerTakes: boolean;
let eventId: string;
/** Whom the handlers were asked to take, call by call. */
const calls: string[][] = [];
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
const again = { status: 200, says: { status: 'RETRY' } };

beforeAll(async () => {
  const take = on('user.registered', (users) => {
    calls.push(users.map(({ userId }) => userId));
    const failing = failure ?? users.flatMap(({ userId }) => failures.get(userId) ?? [])[0];
    if (failing) return Promise.reject(failing);
    received.push(...users.map(({ userId }) => userId));
    return Promise.resolve();
  });
  const show = project('concert.created', (concerts) => {
    calls.push(concerts.map(({ concertId }) => concertId));
    replayed.push(...concerts.map(({ concertId }) => concertId));
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
  failures.clear();
  for (const list of [calls, received, replayed, letters]) list.length = 0;
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
    for (let times = 1; times <= 20; times += 1) expect(await deliver(registered())).toEqual(again);
    expect(letters).toEqual([]);
    failure = undefined;
    expect(await deliver(registered())).toEqual(taken);
  });

  it('puts an event aside that fails although the service is well, with what it met', async () => {
    failure = new Error('a bug');
    const event = registered();
    for (let times = 1; times <= 4; times += 1) expect(await deliver(event)).toEqual(again);
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
    for (let times = 1; times <= 10; times += 1) expect(await deliver(registered())).toEqual(again);
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
    expect(await deliver({ type: 'user.registered', data: { userId: 'me' } })).toEqual(again);
    brokerTakes = true;
    expect(await deliver({ type: 'user.registered', data: { userId: 'me' } })).toEqual(taken);
    expect(letters).toHaveLength(1);
  });
});

describe('a delivery of several events', () => {
  interface Sent {
    event: object;
    key?: string;
  }

  /** Delivers events as a sidecar with `bulkSubscribe` does: what it is told of each. */
  const deliverAll = async (sent: Sent[]): Promise<string[]> => {
    const entries = sent.map(({ event, key = newId() }, index) => ({
      entryId: String(index),
      event,
      metadata: { __key: key, __offset: String(40 + index) },
      contentType: 'application/cloudevents+json',
    }));
    const reply = await post('/events/users', { id: newId(), type: 'com.dapr.event.sent.bulk', topic: 'users', metadata: null, entries });
    expect(reply.status).toBe(200);
    const { statuses } = answer.parse(await reply.json());
    expect(statuses.map(({ entryId }) => entryId)).toEqual(entries.map(({ entryId }) => entryId));
    return statuses.map(({ status }) => status);
  };
  const answer = z.strictObject({ statuses: z.array(z.strictObject({ entryId: z.string(), status: z.string() })) });

  /** An event with an id of its own. */
  const person = () => ({ specversion: '1.0', id: newId(), source: 'user', ...registered() });
  const people = (count: number) => Array.from({ length: count }, person);
  const idsOf = (events: { data: { userId: string } }[]): string[] => events.map(({ data }) => data.userId);
  const all = (count: number, status = 'SUCCESS'): string[] => Array.from({ length: count }, () => status);
  const bug = new Error('a bug');

  it('goes to the handler in one call, in order', async () => {
    const events = people(50);
    expect(await deliverAll(events.map((event) => ({ event })))).toEqual(all(50));
    expect(calls).toEqual([idsOf(events)]);
  });

  it('is handled by neighbours of one type, so that types keep their order', async () => {
    const [one, two, three] = people(3);
    const concert = { ...person(), ...created() };
    const other = { specversion: '1.0', id: 'any', type: 'user.forgotten', data: 1 };
    expect(await deliverAll([one, other, two, concert, three].map((event) => ({ event: event! })))).toEqual(all(5));
    expect(calls).toEqual([idsOf([one!, two!]), [concert.data.concertId], idsOf([three!])]);
  });

  it('tells that types without a handler, and replays, are done', async () => {
    const others = Array.from({ length: 100 }, () => ({ event: { id: newId(), type: 'user.forgotten', data: null } }));
    expect(await deliverAll(others)).toEqual(all(100));
    expect(await deliverAll([{ event: { ...person(), replay: newId() } }])).toEqual(all(1));
    expect([calls, letters]).toEqual([[], []]);
  });

  it('puts those aside that can not be read, and takes the others', async () => {
    const [one, two] = people(2);
    const bad = [{ id: '7', type: 'user.registered', data: {} }, { ...person(), data: { userId: 'me' } }, 'no event'];
    expect(await deliverAll([one!, ...bad, two!].map((event) => ({ event: Object(event) })))).toEqual(all(5));
    expect(received).toEqual(idsOf([one!, two!]));
    expect(letters).toHaveLength(3);
  });

  it('lets one that fails concern only itself, and puts that aside after its tries, with its place in the topic', async () => {
    const events = people(50);
    const bad = events[20]!;
    failures.set(bad.data.userId, bug);
    const statuses = await deliverAll(events.map((event) => ({ event })));
    expect(statuses).toEqual(all(50).map((status, index) => (index === 20 ? 'RETRY' : status)));
    expect(received).toEqual(idsOf(events.filter((event) => event !== bad)));
    for (let times = 2; times <= 4; times += 1) expect(await deliverAll([{ event: bad }])).toEqual(['RETRY']);
    expect(await deliverAll([{ event: bad }])).toEqual(['SUCCESS']);
    expect(letters).toHaveLength(1);
    expect(letters[0]?.entry.data).toMatchObject({
      ...{ topic: 'users', error: 'a bug', attempts: 5, event: { id: bad.id } },
      headers: { 'content-type': 'application/cloudevents+json', __offset: '40' },
    });
    expect(JSON.stringify(letters)).not.toContain('secret');
  });

  it('keeps the order of a key: what is behind one that fails comes again with it', async () => {
    const [first, other, second, last] = people(4);
    const concert = { ...person(), ...created() };
    failures.set(first!.data.userId, bug);
    const sent = [
      { event: first!, key: 'a' },
      { event: other!, key: 'b' },
      { event: second!, key: 'a' },
      { event: concert, key: 'a' },
      { event: last!, key: 'b' },
    ];
    expect(await deliverAll(sent)).toEqual(['RETRY', 'SUCCESS', 'RETRY', 'RETRY', 'SUCCESS']);
    expect([received, replayed]).toEqual([idsOf([other!, last!]), []]);
  });

  it('comes again from the first one that meets an outage', async () => {
    const events = people(5);
    failures.set(events[2]!.data.userId, new SidecarError('save state', 500, 'ERR_STATE_SAVE'));
    const sent = events.map((event) => ({ event }));
    for (let times = 1; times <= 20; times += 1) expect(await deliverAll(sent)).toEqual([...all(2), ...all(3, 'RETRY')]);
    expect(letters).toEqual([]);
    failures.clear();
    expect(await deliverAll(sent)).toEqual(all(5));
  });

  it('comes again whole while everything is out, after no more than two looks', async () => {
    failure = new SidecarError('save state', 500, 'ERR_STATE_SAVE');
    expect(await deliverAll(people(50).map((event) => ({ event })))).toEqual(all(50, 'RETRY'));
    expect(calls.map((call) => call.length)).toEqual([50, 1]);
  });

  it('comes again from one that fails as long as the service is not well', async () => {
    const [bad, next] = people(2);
    failures.set(bad!.data.userId, bug);
    isReady = false;
    for (let times = 1; times <= 10; times += 1) {
      const [status] = await deliverAll([{ event: bad! }, { event: next! }]);
      expect(status).toBe('RETRY');
    }
    expect(letters).toEqual([]);
  });

  it('comes again in part where the broker does not take a letter', async () => {
    brokerTakes = false;
    const [one] = people(1);
    const unreadable = { ...person(), data: {} };
    expect(await deliverAll([{ event: unreadable }, { event: one! }])).toEqual(['RETRY', 'SUCCESS']);
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
