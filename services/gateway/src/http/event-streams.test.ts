import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import express, { type Response } from 'express';
import { createEventStreams, type Listener, type StreamLimits, streamEvent } from './event-streams.ts';

const beatMs = 15_000;
// More than a Unix socket and its two ends hold.
const long = 'x'.repeat(4_000_000);

const stops: (() => Promise<void>)[] = [];

/** Streams in front of a state, a number, of which the first event is a long one. */
async function serveState(limits: Partial<StreamLimits> = {}) {
  const streams = createEventStreams({ mostStreams: 100, mostPerUser: 100, mostPerAddress: 100, ...limits });
  const opened: { response: Response; listener: Listener; stop: jest.Mock; failures: unknown[] }[] = [];
  const state = { now: 1, asked: 0 };
  const app = express().get('/', (asked, response) => {
    const stop = jest.fn();
    const failures: unknown[] = [];
    const refusal = streams.open(asked, response, { userId: 'owner', address: 'here' }, (listener) => {
      opened.push({ response, listener, stop, failures });
      response.on('error', (error) => failures.push(error));
      let told = 0;
      const next = () => {
        state.asked += 1;
        if (told === state.now) return undefined;
        const event = streamEvent(`${state.now}`, told === 0 ? long : '');
        told = state.now;
        return event;
      };
      return { next, stop };
    });
    if (refusal) response.sendStatus(429);
  });
  const server = createServer(app);
  const directory = await mkdtemp(join(tmpdir(), 'streams-'));
  const socketPath = join(directory, 'socket');
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  stops.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await rm(directory, { recursive: true });
  });
  /** A client that has the head of the answer, and reads nothing of its body yet. */
  const come = (method = 'GET') =>
    new Promise<IncomingMessage>((resolve, reject) => {
      request({ socketPath, method, agent: false }, resolve).on('error', reject).end();
    });
  return { streams, opened, state, come };
}

/** Reads pieces of a body for as long as `more` says. */
async function read(body: IncomingMessage, more: (text: string) => boolean): Promise<string> {
  const pieces: string[] = [];
  while (more(pieces.at(-1) ?? '')) {
    const piece: unknown = body.read();
    if (Buffer.isBuffer(piece)) pieces.push(piece.toString());
    else await nextTurn();
  }
  return pieces.join('');
}

const closing = (response: Response) => new Promise((resolve) => response.once('close', resolve));
const beats = (count: number): void => {
  jest.advanceTimersByTime(count * beatMs);
};

describe('an event stream', () => {
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask', 'performance', 'Date', 'hrtime'] });
  });
  afterEach(async () => {
    jest.useRealTimers();
    for (const stop of stops.splice(0)) await stop();
  });

  it('that has ended says nothing more to a client that does not read, and is gone after some heartbeats', async () => {
    const { streams, opened, state, come } = await serveState({ mostPerUser: 1 });
    (await come()).on('error', () => undefined);
    const { response, listener, stop, failures } = opened[0]!;
    const closed = closing(response);
    streams.closeAll();
    expect(stop).toHaveBeenCalledTimes(1);
    state.now = 2;
    listener.wake();
    beats(1);
    await nextTurn();
    expect(failures).toEqual([]);
    expect((await come()).statusCode).toBe(429);
    beats(4);
    await closed;
    expect((await come()).statusCode).toBe(200);
    expect(stop).toHaveBeenCalledTimes(1);
  });

  it('asks for news when its client has read what came before, and not once for each of them', async () => {
    const { opened, state, come } = await serveState();
    const body = await come();
    const { listener } = opened[0]!;
    for (state.now = 2; state.now < 100; state.now += 1) listener.wake();
    expect(state.asked).toBe(1);
    const text = await read(body, (piece) => !piece.endsWith('data: ""\n\n'));
    expect(text.match(/^id: .*$/gm)).toEqual(['id: 1', 'id: 100']);
    expect(text).toContain(`data: "${long}"\n\n`);
  });

  it('stays for a client that reads slowly, and goes when it reads no more', async () => {
    const { opened, come } = await serveState();
    const body = await come();
    body.on('error', () => undefined);
    const { response } = opened[0]!;
    let [drains, closed] = [0, false];
    response.on('drain', () => {
      drains += 1;
    });
    response.once('close', () => {
      closed = true;
    });
    for (let beat = 0; beat < 10; beat += 1) {
      const before = drains;
      await read(body, () => drains === before);
      beats(1);
    }
    expect(closed).toBe(false);
    while (!closed) {
      beats(1);
      await nextTurn();
    }
  });

  it('sends heartbeats while there is nothing new', async () => {
    const { state, come, opened } = await serveState();
    state.now = 0;
    const body = await come();
    await read(body, () => opened[0]?.response.writableLength !== 0);
    beats(1);
    expect(await read(body, (piece) => !piece.endsWith('still here\n\n'))).not.toContain('id:');
  });

  it('ends after a failure of its connection, which is nobody else’s', async () => {
    const { opened, come } = await serveState();
    (await come()).on('error', () => undefined);
    const { response, stop, failures } = opened[0]!;
    const closed = closing(response);
    response.emit('error', new Error('broken'));
    await closed;
    expect(failures).toHaveLength(1);
    expect(stop).toHaveBeenCalledTimes(1);
  });

  it('ends when what it says can’t be written any more', async () => {
    const { opened, come, state } = await serveState({ mostPerUser: 1 });
    const body = await come();
    body.on('error', () => undefined);
    await read(body, (piece) => !piece.endsWith('\n\n'));
    const { response, listener, stop } = opened[0]!;
    const closed = closing(response);
    Object.assign(response, { write: (_bytes: unknown, done: (error: Error) => void) => done(new Error('broken')) });
    state.now = 2;
    listener.wake();
    await closed;
    expect(stop).toHaveBeenCalledTimes(1);
    expect((await come()).statusCode).toBe(200);
  });

  it('has its clients come again at different times', async () => {
    const { state, come } = await serveState();
    state.now = 0;
    const bodies = await Promise.all(Array.from({ length: 20 }, () => come()));
    const heads = await Promise.all(bodies.map((body) => read(body, (piece) => piece === '')));
    const waits = heads.map((head) => Number(/^retry: (\d+)\n\n$/.exec(head)?.[1]));
    for (const wait of waits) expect([wait >= 1_000, wait <= 5_000]).toEqual([true, true]);
    expect(new Set(waits).size).toBeGreaterThan(1);
  });

  it('is not begun for who asks for its head only', async () => {
    const { opened, come } = await serveState();
    const answer = await come('HEAD');
    expect([answer.statusCode, answer.headers['content-type']]).toEqual([200, 'text/event-stream; charset=utf-8']);
    await once(answer.resume(), 'end');
    expect(opened).toEqual([]);
  });
});
