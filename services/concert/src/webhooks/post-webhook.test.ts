import type { LookupAddress, lookup } from 'node:dns';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createWebhookClient, type WebhookClient } from './post-webhook.ts';

const open: (Server | WebhookClient)[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) {
    if ('post' in one) await one.close();
    else {
      one.closeAllConnections();
      await new Promise((resolve) => one.close(resolve));
    }
  }
});

/** A receiver on this machine. @returns its port, and the requests that have reached it */
async function receive(answer: (response: ServerResponse, request: IncomingMessage) => void) {
  const requests: { method: string; url: string; headers: IncomingMessage['headers']; body: string }[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      requests.push({ method, url, headers, body: Buffer.concat(chunks).toString() });
      answer(response, request);
    });
  });
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { port: address.port, requests };
}

/** A name server that gives the next of these answers to each question. */
function names(...answers: string[][]) {
  const asked: string[] = [];
  const resolve = (hostname: string, _options: unknown, done: (error: null, addresses: LookupAddress[]) => void): void => {
    asked.push(hostname);
    const found = answers[Math.min(asked.length, answers.length) - 1] ?? [];
    process.nextTick(
      done,
      null,
      found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };
  return { asked, resolve: resolve as typeof lookup };
}

function client(options: Parameters<typeof createWebhookClient>[0]): WebhookClient {
  const made = createWebhookClient(options);
  open.push(made);
  return made;
}

const ok = (response: ServerResponse) => response.writeHead(204).end();

describe('a webhook client that may go anywhere', () => {
  it('posts to the address that the name leads to, and asks for it once', async () => {
    const { port, requests } = await receive(ok);
    const { asked, resolve } = names(['127.0.0.1'], ['192.0.2.1']);
    const { post } = client({ toPrivate: true, resolve });
    expect(await post(`http://hook.test:${port}/in?key=1`, { 'webhook-id': 'one' }, '{"a":"한"}')).toEqual({ taken: true });
    expect(asked).toEqual(['hook.test']);
    expect(requests).toMatchObject([
      {
        ...{ method: 'POST', url: '/in?key=1', body: '{"a":"한"}' },
        headers: { host: `hook.test:${port}`, 'content-type': 'application/json', 'webhook-id': 'one', 'content-length': '11' },
      },
    ]);
  });

  it.each([
    [500, 'It answers 500.'],
    [404, 'It answers 404.'],
    [302, 'It answers 302.'],
  ])('takes %i for a failure, and follows no redirect', async (status, error) => {
    const { port, requests } = await receive((response) => response.writeHead(status, { location: '/elsewhere' }).end());
    expect(await client({ toPrivate: true }).post(`http://127.0.0.1:${port}/`, {}, '{}')).toEqual({ taken: false, error });
    expect(requests).toHaveLength(1);
  });

  it('is content with the head of an answer that does not end', async () => {
    const { port } = await receive((response) => {
      response.writeHead(200);
      const more = (): void => {
        while (response.write(Buffer.alloc(16_384)));
      };
      response.on('drain', more);
      more();
    });
    expect(await client({ toPrivate: true }).post(`http://127.0.0.1:${port}/`, {}, '{}')).toEqual({ taken: true });
  });

  it('says what kind of failure it was', async () => {
    const { port } = await receive((_response, request) => request.socket.destroy());
    const { post } = client({ toPrivate: true });
    expect(await post(`http://127.0.0.1:${port}/`, {}, '{}')).toMatchObject({ taken: false });
    const gone = await receive(ok);
    await new Promise((resolve) => (open.pop() as Server).close(resolve));
    expect(await post(`http://127.0.0.1:${gone.port}/`, {}, '{}')).toEqual({ taken: false, error: 'It refuses connections.' });
  });
});

describe('a webhook client for public addresses', () => {
  const refusal = { taken: false, error: 'Its address is not public.' };

  it.each([[['127.0.0.1']], [['8.8.8.8', '127.0.0.1']], [['::ffff:127.0.0.1']], [['64:ff9b::7f00:1', '8.8.8.8']], [['169.254.169.254']]])(
    'connects to nothing when the name leads to %j',
    async (addresses) => {
      const { port, requests } = await receive(ok);
      const { asked, resolve } = names(addresses);
      expect(await client({ toPrivate: false, resolve }).post(`https://hook.test:${port}/`, {}, '{}')).toEqual(refusal);
      expect([asked, requests]).toEqual([['hook.test'], []]);
    },
  );

  it('connects to no address that is written in the URL, and not by plain HTTP', async () => {
    const { port, requests } = await receive(ok);
    const { post } = client({ toPrivate: false });
    expect(await post(`https://127.0.0.1:${port}/`, {}, '{}')).toEqual(refusal);
    expect(await post(`https://[::ffff:127.0.0.1]:${port}/`, {}, '{}')).toEqual(refusal);
    expect(await post(`http://hook.test:${port}/`, {}, '{}')).toEqual({ taken: false, error: 'It must begin with https://.' });
    expect(requests).toEqual([]);
  });
});
