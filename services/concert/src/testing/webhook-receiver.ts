import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';

interface Received {
  id: string;
  headers: IncomingHttpHeaders;
  body: string;
}

type Answer = (response: ServerResponse, received: Received) => void;

export const ok: Answer = (response) => response.writeHead(200).end('{}');
export const broken: Answer = (response) => response.writeHead(500).end();

/** A receiver of webhooks on this machine. */
export interface WebhookReceiver {
  url: string;
  received: Received[];
  /** May be changed. */
  answer: Answer;
  /** How often something came under an id. */
  of: (id: string) => number;
  goDown: () => Promise<void>;
  /** On the same port. */
  comeBack: () => Promise<void>;
}

const servers: Server[] = [];

export async function receive(answer: Answer = ok): Promise<WebhookReceiver> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const one = { id: String(request.headers['webhook-id']), headers: request.headers, body: Buffer.concat(chunks).toString() };
      received.push(one);
      receiver.answer(response, one);
    });
  });
  servers.push(server);
  const listen = (port: number) => new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  await listen(0);
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const receiver: WebhookReceiver = {
    ...{ url: `http://127.0.0.1:${address.port}/hook`, received, answer },
    of: (id) => received.filter((one) => one.id === id).length,
    goDown: () => close(server),
    comeBack: () => listen(address.port),
  };
  return receiver;
}

export async function closeReceivers(): Promise<void> {
  for (const server of servers.splice(0)) if (server.listening) await close(server);
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
