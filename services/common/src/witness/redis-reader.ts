import { connect } from 'node:net';

export interface RedisAccess {
  host: string;
  port: number;
  password: string;
}

/** Reads a Redis that Dapr keeps state and settings in. It sends nothing but AUTH, SCAN, HGET and GET. */
export interface KeyReader {
  /** The state under a key. */
  value: (key: string) => Promise<unknown>;
  /** A setting as it was written. */
  setting: (key: string) => Promise<string | undefined>;
  /** Shows the state under every key that begins with `prefix`, by the rest of the key, a page at a time. A key may be shown twice. */
  eachUnder: (prefix: string, show: (key: string, value: unknown) => void) => Promise<void>;
  close: () => void;
}

type Reply = string | null | Reply[];

const timeoutMs = 5_000;

/** @throws Error when Redis does not answer or does not let us in */
export async function openKeyReader(access: RedisAccess): Promise<KeyReader> {
  const send = await openConnection(access);
  if (access.password !== '') await send('AUTH', access.password);
  const value = async (key: string): Promise<unknown> => {
    const reply = await send('HGET', key, 'data');
    return typeof reply === 'string' ? JSON.parse(reply) : undefined;
  };
  return {
    value,
    setting: async (key) => {
      const reply = await send('GET', key);
      return typeof reply === 'string' ? reply : undefined;
    },
    eachUnder: async (prefix, show) => {
      let cursor = '0';
      do {
        const [next, found] = asList(await send('SCAN', cursor, 'MATCH', `${prefix}*`, 'COUNT', '1000'));
        const keys = asList(found).map(String);
        const values = await Promise.all(keys.map(value));
        for (const [index, key] of keys.entries()) if (values[index] !== undefined) show(key.slice(prefix.length), values[index]);
        cursor = String(next);
      } while (cursor !== '0');
    },
    close: () => send.close(),
  };
}

/** The state under all keys that begin with `prefix`, by the rest of the key; for what there is not much of. */
export async function valuesUnder(reader: Pick<KeyReader, 'eachUnder'>, prefix: string): Promise<Map<string, unknown>> {
  const values = new Map<string, unknown>();
  await reader.eachUnder(prefix, (key, value) => values.set(key, value));
  return values;
}

function asList(reply: Reply | undefined): Reply[] {
  if (Array.isArray(reply)) return reply;
  throw new Error('Redis did not answer with a list');
}

interface Connection {
  (...command: string[]): Promise<Reply>;
  close: () => void;
}

async function openConnection({ host, port }: RedisAccess): Promise<Connection> {
  const socket = connect({ host, port });
  socket.setTimeout(timeoutMs);
  const waiting: { resolve: (reply: Reply) => void; reject: (error: Error) => void }[] = [];
  let unread = Buffer.alloc(0);
  const fail = (error: Error): void => {
    for (const { reject } of waiting.splice(0)) reject(error);
    socket.destroy();
  };
  // Silence is none where nothing was asked.
  socket.on('timeout', () => waiting.length > 0 && fail(new Error('Redis does not answer')));
  socket.on('error', fail);
  socket.on('close', () => fail(new Error('Redis closed the connection')));
  socket.on('data', (chunk) => {
    unread = Buffer.concat([unread, chunk]);
    for (let read = readReply(unread, 0); read; read = readReply(unread, 0)) {
      unread = unread.subarray(read.end);
      const next = waiting.shift();
      if (read.error === undefined) next?.resolve(read.reply);
      else next?.reject(new Error(`Redis: ${read.error}`));
    }
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  const send = (...command: string[]): Promise<Reply> =>
    new Promise((resolve, reject) => {
      if (socket.destroyed) {
        reject(new Error('the connection to Redis is closed'));
        return;
      }
      waiting.push({ resolve, reject });
      socket.write(`*${command.length}\r\n${command.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`);
    });
  return Object.assign(send, { close: () => socket.destroy() });
}

interface ReadReply {
  reply: Reply;
  error?: string;
  end: number;
}

/** Reads one reply of Redis' protocol; undefined while it is not complete. */
export function readReply(bytes: Buffer, start: number): ReadReply | undefined {
  const lineEnd = bytes.indexOf('\r\n', start);
  if (lineEnd < 0) return undefined;
  const line = bytes.toString('utf8', start + 1, lineEnd);
  const next = lineEnd + 2;
  switch (String.fromCharCode(bytes[start] ?? 0)) {
    case '-':
      return { reply: null, error: line, end: next };
    case '$':
      return readText(bytes, Number(line), next);
    case '*':
      return readList(bytes, Number(line), next);
    default:
      return { reply: line, end: next };
  }
}

function readText(bytes: Buffer, length: number, start: number): ReadReply | undefined {
  if (length < 0) return { reply: null, end: start };
  const end = start + length;
  return bytes.length < end + 2 ? undefined : { reply: bytes.toString('utf8', start, end), end: end + 2 };
}

function readList(bytes: Buffer, length: number, start: number): ReadReply | undefined {
  const items: Reply[] = [];
  let end = start;
  for (let index = 0; index < length; index += 1) {
    const item = readReply(bytes, end);
    if (!item) return undefined;
    items.push(item.reply);
    end = item.end;
  }
  return { reply: items, end };
}
