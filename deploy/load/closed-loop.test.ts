import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { inTurn, type LoopBounds, requestsWith, runClosedLoop, type Task } from './closed-loop.ts';

let server: Server;
let bounds: LoopBounds;
beforeAll(async () => {
  server = createServer((request, response) => {
    response.statusCode = request.url === '/gone' ? 404 : 200;
    response.end(`${request.method} ${request.headers.authorization}`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (!address || typeof address === 'string') throw new Error('the server has no port');
  bounds = {
    ...{ url: `http://127.0.0.1:${address.port}`, connections: 3, seconds: 60, most: Infinity },
    signal: new AbortController().signal,
  };
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

/** What came of each task, in no order. */
async function outcomes(tasks: Iterator<Task>, changes: Partial<LoopBounds> = {}): Promise<(string | undefined)[]> {
  const seen: (string | undefined)[] = [];
  await runClosedLoop(tasks, { ...bounds, ...changes }, (unexpected) => seen.push(unexpected));
  return seen.toSorted();
}

describe('a closed loop', () => {
  it('does each task once', async () => {
    const done: number[] = [];
    const tasks = [1, 2, 3, 4, 5].map<Task>((number) => async (send) => {
      const answer = await send({ method: 'POST', path: '/', headers: { authorization: `me ${number}` }, body: '{}' });
      done.push(Number(answer.text().replace('POST me ', '')));
      return undefined;
    });
    expect(await outcomes(tasks.values())).toHaveLength(5);
    expect(done.toSorted()).toEqual([1, 2, 3, 4, 5]);
  });

  it('names each answer with another status', async () => {
    const requests = ['/', '/gone', '/'].map((path) => ({ method: 'GET' as const, path }));
    expect(await outcomes(requestsWith(200, requests))).toEqual(['404', undefined, undefined]);
  });

  it('goes on after a request without an answer', async () => {
    const nobody = { url: 'http://127.0.0.1:1', connections: 1 };
    const requests = [1, 2].map(() => ({ method: 'GET' as const, path: '/' }));
    expect(await outcomes(requestsWith(200, requests), nobody)).toEqual(Array(2).fill(expect.stringContaining('ECONNREFUSED')));
  });

  it('leaves the tasks behind its bound for the next loop', async () => {
    const tasks = requestsWith(
      200,
      inTurn([
        { method: 'GET', path: '/' },
        { method: 'GET', path: '/gone' },
      ]),
    );
    expect(await outcomes(tasks, { most: 3, connections: 1 })).toEqual(['404', undefined, undefined]);
    expect(await outcomes(tasks, { most: 1, connections: 1 })).toEqual(['404']);
  });

  it('begins nothing when the time is over', async () => {
    expect(await outcomes(requestsWith(200, inTurn([{ method: 'GET', path: '/' }])), { seconds: 0 })).toEqual([]);
  });

  it('ends when it is told to', async () => {
    const controller = new AbortController();
    const tasks = requestsWith(200, inTurn([{ method: 'GET', path: '/' }]));
    const running = runClosedLoop(tasks, { ...bounds, signal: controller.signal }, () => controller.abort(new Error('stopped')));
    await expect(running).rejects.toThrow('stopped');
  });
});
