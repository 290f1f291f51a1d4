import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';

export interface TwiceSent {
  port: number;
  /** How many requests it has passed on. */
  sent: () => number;
  close: () => Promise<void>;
}

/** Stands before a sidecar and sends it each request twice; what the second one brings is the answer. */
export async function sendEachTwice(sidecarPort: number): Promise<TwiceSent> {
  let sent = 0;
  const server = createServer((request, response) => {
    const pass = async (): Promise<void> => {
      const { method = 'GET', url = '/' } = request;
      const body = await buffer(request);
      const headers = new Headers(
        Object.entries(request.headers).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
      );
      for (const name of ['connection', 'content-length', 'host', 'keep-alive', 'transfer-encoding']) headers.delete(name);
      const send = () => fetch(`http://127.0.0.1:${sidecarPort}${url}`, { method, headers, ...(body.length > 0 && { body }) });
      await (await send()).arrayBuffer();
      const answer = await send();
      sent += 1;
      const kept = ['content-type', 'x-elastic-product'].flatMap((name) => [[name, answer.headers.get(name) ?? '']] as const);
      response.writeHead(answer.status, Object.fromEntries(kept)).end(Buffer.from(await answer.arrayBuffer()));
    };
    pass().catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the server has no port');
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { port: address.port, sent: () => sent, close };
}
