import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import express from 'express';
import { newId } from './database.ts';
import { on, receiveEvents } from './inbox.ts';
import { createLogger } from './log.ts';
import { internalErrors } from './service-app.ts';
import { type ServedApp, serveApp } from './testing/serve-app.ts';

const log = createLogger({ service: 'test', instance: 'test', level: 'silent' });
const eventId = newId();

let served: ServedApp;
const received: string[] = [];

/** Delivers an event as the sidecar does. */
function deliver(event: object): Promise<Response> {
  const body = JSON.stringify({ specversion: '1.0', id: eventId, source: 'payment', ...event });
  const headers = { 'content-type': 'application/cloudevents+json' };
  return fetch(`http://127.0.0.1:${served.port}/events/users`, { method: 'POST', headers, body });
}

beforeAll(async () => {
  const handler = on('user.registered', ({ userId }) => {
    if (received.length > 0) return Promise.reject(new Error('out'));
    received.push(userId);
    return Promise.resolve();
  });
  const app = express();
  app.use(receiveEvents([handler]));
  app.use(internalErrors(log));
  served = await serveApp(app);
});
afterAll(() => served.close());
beforeEach(() => {
  received.length = 0;
});

describe('receiveEvents', () => {
  it('gives an event to the handler of its type', async () => {
    const userId = newId();
    const reply = await deliver({ type: 'user.registered', data: { userId } });
    expect(reply.status).toBe(200);
    expect(await reply.json()).toEqual({ status: 'SUCCESS' });
    expect(received).toEqual([userId]);
  });

  it('acknowledges types without a handler', async () => {
    const reply = await deliver({ type: 'user.forgotten', data: { anything: true } });
    expect(reply.status).toBe(200);
    expect(received).toEqual([]);
  });

  it('has the sidecar deliver again what a handler could not take', async () => {
    received.push('somebody');
    expect((await deliver({ type: 'user.registered', data: { userId: newId() } })).status).toBe(500);
  });

  it.each([
    ['data that do not fit', { type: 'user.registered', data: { userId: 'me' } }],
    ['no data', { type: 'user.registered' }],
    ['an id of another kind', { type: 'user.registered', id: '7', data: { userId: newId() } }],
    ['no type', { data: { userId: newId() } }],
  ])('has the sidecar put %s aside at once', async (_what, event) => {
    expect(await (await deliver(event)).json()).toEqual({ status: 'DROP' });
    expect(received).toEqual([]);
  });
});
