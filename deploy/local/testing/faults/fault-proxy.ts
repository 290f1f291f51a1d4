import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { pollUntil } from '@ticketing/common/poll-until';
import { z } from 'zod';

/**
 * What happens to a request that a fault matches.
 * - `lose-reply`: it is done, and whoever asked is cut off before the answer
 * - `lose-request`: it never arrives
 * - `deliver-twice`: it is done twice; the second answer counts
 * - `deliver-late`: it is answered as if it were done, and done behind the next matching one
 */
export type ProxyFault = 'lose-reply' | 'lose-request' | 'deliver-twice' | 'deliver-late';

interface Order {
  fault: ProxyFault;
  path: RegExp;
  left: number;
}

/** Stands between an instance and its sidecar and passes everything on, but for what a test orders. */
export interface FaultProxy {
  port: number;
  /** Does it to the next `times` requests whose path fits. */
  order: (fault: ProxyFault, path: RegExp, times: number) => void;
  /** Waits until every order has been met. False: not in time; what is left is withdrawn. */
  untilMet: (timeoutMs: number) => Promise<boolean>;
  /** Withdraws orders, and delivers what is still late: nothing may follow that it would come behind. */
  heal: () => Promise<void>;
  close: () => void;
}

interface Message {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  body: Buffer;
}

interface ProxyState {
  targetPort: number;
  agent: Agent;
  orders: Order[];
  /** What was answered for and not done yet. */
  late: Message[];
}

export async function startFaultProxy(targetPort: number): Promise<FaultProxy> {
  const state: ProxyState = { targetPort, agent: new Agent({ keepAlive: true, maxSockets: 256 }), orders: [], late: [] };
  const server = createServer((incoming, outgoing) => serve(state, incoming, outgoing));
  server.keepAliveTimeout = 65_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the proxy has no port');
  return {
    port: address.port,
    order: (fault, path, times) => state.orders.push({ fault, path, left: times }),
    untilMet: async (timeoutMs) => {
      const orders = [...state.orders];
      const isMet = (): boolean => orders.every(({ left }) => left === 0);
      await pollUntil(() => Promise.resolve(isMet() || undefined), timeoutMs);
      const met = isMet();
      state.orders = state.orders.filter((order) => !orders.includes(order));
      return met;
    },
    heal: async () => {
      for (const order of state.orders) order.left = 0;
      state.orders = [];
      for (const path of new Set(state.late.map((message) => message.path))) await deliverLate(state, path);
    },
    close: () => {
      server.closeAllConnections();
      server.close();
      state.agent.destroy();
    },
  };
}

function serve(state: ProxyState, incoming: IncomingMessage, outgoing: ServerResponse): void {
  const path = incoming.url ?? '/';
  const order = state.orders.find((candidate) => candidate.left > 0 && candidate.path.test(path));
  if (!order) {
    if (state.late.length > 0) outgoing.once('close', () => void deliverLate(state, path).catch(() => undefined));
    passOn(state, incoming, outgoing);
    return;
  }
  order.left -= 1;
  readMessage(incoming)
    .then((message) => obey(state, order, message, outgoing))
    .catch(() => outgoing.destroy());
}

function passOn({ targetPort, agent }: ProxyState, incoming: IncomingMessage, outgoing: ServerResponse): void {
  const { method, url: path, headers } = incoming;
  const upstream = request({ host: '127.0.0.1', port: targetPort, method, path, headers, agent }, (reply) => {
    outgoing.writeHead(reply.statusCode ?? 502, reply.headers);
    reply.pipe(outgoing);
    reply.on('error', () => outgoing.destroy());
  });
  upstream.on('error', () => outgoing.destroy());
  outgoing.on('close', () => upstream.destroy());
  incoming.pipe(upstream);
}

async function obey({ targetPort, late }: ProxyState, { fault }: Order, message: Message, outgoing: ServerResponse): Promise<void> {
  if (fault === 'lose-request') return void outgoing.destroy();
  if (fault === 'deliver-late') {
    late.push(message);
    outgoing.writeHead(200, { 'content-type': 'application/json' }).end(answerAsIfDone(message));
    return;
  }
  if (fault === 'deliver-twice') await send(targetPort, message);
  const reply = await send(targetPort, message);
  if (fault === 'lose-reply') outgoing.destroy();
  else outgoing.writeHead(reply.status, reply.headers).end(reply.body);
}

const groupOfEvents = z.object({ entries: z.array(z.object({ entryId: z.string() })) });

/** The answer of a consumer that has handled the event, or each event of a group. */
function answerAsIfDone({ body }: Message): string {
  const group = groupOfEvents.safeParse(JSON.parse(body.toString())).data;
  return JSON.stringify(group ? { statuses: group.entries.map(({ entryId }) => ({ entryId, status: 'SUCCESS' })) } : { status: 'SUCCESS' });
}

async function deliverLate({ targetPort, late }: ProxyState, path: string): Promise<void> {
  for (const message of late.filter((waiting) => waiting.path === path)) {
    late.splice(late.indexOf(message), 1);
    // It was answered for, so it has to arrive.
    await pollUntil(async () => (isDone(await send(targetPort, message)) ? true : undefined), 60_000);
  }
}

function isDone({ status, body }: Reply): boolean {
  return status < 300 && !body.includes('"RETRY"');
}

async function readMessage(incoming: IncomingMessage): Promise<Message> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
  return { method: incoming.method ?? 'GET', path: incoming.url ?? '/', headers: incoming.headers, body: Buffer.concat(chunks) };
}

interface Reply {
  status: number;
  headers: IncomingMessage['headers'];
  body: Buffer;
}

/** Sends a message that was read whole. An answer that does not come counts as a failure of the other side. */
function send(port: number, { method, path, headers, body }: Message): Promise<Reply> {
  const kept = dechunked(headers);
  return new Promise((resolve) => {
    const failed = (): void => resolve({ status: 502, headers: {}, body: Buffer.alloc(0) });
    const upstream = request({ host: '127.0.0.1', port, method, path, headers: { ...kept, 'content-length': body.length } }, (reply) => {
      const chunks: Buffer[] = [];
      reply.on('data', (chunk: Buffer) => chunks.push(chunk));
      reply.on('error', failed);
      reply.on('end', () => resolve({ status: reply.statusCode ?? 502, headers: dechunked(reply.headers), body: Buffer.concat(chunks) }));
    });
    upstream.on('error', failed);
    upstream.end(body);
  });
}

/** A body that was read whole has a length. */
function dechunked(headers: IncomingMessage['headers']): IncomingMessage['headers'] {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name !== 'transfer-encoding'));
}
