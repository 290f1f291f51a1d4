import { connect } from 'node:net';

/**
 * The two requests of Kafka's protocol that a local stack needs. Kafka's own command line starts a JVM for each, which
 * costs seconds where these cost milliseconds. Versions are the newest that do not use the compact encoding.
 */
const metadataRequest = { key: 3, version: 4 };
const createTopicsRequest = { key: 19, version: 4 };
const requestTimeoutMs = 10_000;
const topicAlreadyExists = 36;

class Writer {
  readonly #parts: Buffer[] = [];

  int8(value: number): this {
    return this.#integer(1, (buffer) => buffer.writeInt8(value));
  }

  int16(value: number): this {
    return this.#integer(2, (buffer) => buffer.writeInt16BE(value));
  }

  int32(value: number): this {
    return this.#integer(4, (buffer) => buffer.writeInt32BE(value));
  }

  string(value: string): this {
    const bytes = Buffer.from(value);
    this.int16(bytes.length);
    this.#parts.push(bytes);
    return this;
  }

  bytes(): Buffer {
    return Buffer.concat(this.#parts);
  }

  #integer(size: number, write: (buffer: Buffer) => void): this {
    const buffer = Buffer.alloc(size);
    write(buffer);
    this.#parts.push(buffer);
    return this;
  }
}

class Reader {
  readonly #buffer: Buffer;
  #offset: number;

  constructor(buffer: Buffer, offset: number) {
    this.#buffer = buffer;
    this.#offset = offset;
  }

  int8(): number {
    return this.#buffer.readInt8(this.#advance(1));
  }

  int16(): number {
    return this.#buffer.readInt16BE(this.#advance(2));
  }

  int32(): number {
    return this.#buffer.readInt32BE(this.#advance(4));
  }

  string(): string {
    const length = this.int16();
    if (length < 0) return '';
    const start = this.#advance(length);
    return this.#buffer.toString('utf8', start, start + length);
  }

  array<T>(item: () => T): T[] {
    return Array.from({ length: Math.max(0, this.int32()) }, item);
  }

  #advance(size: number): number {
    const at = this.#offset;
    this.#offset += size;
    return at;
  }
}

/** Sends one request on its own connection; the returned reader stands behind the response header. */
function request(port: number, api: { key: number; version: number }, body: Buffer): Promise<Reader> {
  const header = new Writer().int16(api.key).int16(api.version).int32(1).string('ticketing-local-stack').bytes();
  const message = Buffer.concat([new Writer().int32(header.length + body.length).bytes(), header, body]);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: requestTimeoutMs });
    let received = Buffer.alloc(0);
    socket.on('connect', () => socket.write(message));
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 4 || received.length < 4 + received.readInt32BE(0)) return;
      resolve(new Reader(received, 8));
      socket.destroy();
    });
    socket.on('timeout', () => socket.destroy(new Error('Kafka does not answer')));
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('Kafka closed the connection')));
  });
}

/** Asks for metadata: fails while there is no broker, else says of each topic how many partitions have a leader. */
export async function fetchPartitionLeaders(port: number, topics: readonly string[]): Promise<Map<string, number>> {
  const body = new Writer().int32(topics.length);
  for (const topic of topics) body.string(topic);
  const reader = await request(port, metadataRequest, body.int8(0).bytes());
  reader.int32();
  const brokers = reader.array(() => [reader.int32(), reader.string(), reader.int32(), reader.string()]);
  if (brokers.length === 0) throw new Error('Kafka has no broker yet');
  reader.string();
  reader.int32();
  const leaders = reader.array((): [string, number] => {
    reader.int16();
    const name = reader.string();
    reader.int8();
    const partitions = reader.array(() => readPartitionLeader(reader));
    return [name, partitions.filter((leader) => leader >= 0).length];
  });
  return new Map(leaders);
}

function readPartitionLeader(reader: Reader): number {
  reader.int16();
  reader.int32();
  const leader = reader.int32();
  reader.array(() => reader.int32());
  reader.array(() => reader.int32());
  return leader;
}

/** Creates the topics that do not exist yet; existing ones stay as they are. */
export async function createTopics(port: number, topics: readonly string[], partitions: number): Promise<void> {
  const body = new Writer().int32(topics.length);
  for (const topic of topics) body.string(topic).int32(partitions).int16(1).int32(0).int32(0);
  const reader = await request(port, createTopicsRequest, body.int32(requestTimeoutMs).int8(0).bytes());
  reader.int32();
  const results = reader.array(() => ({ topic: reader.string(), error: reader.int16(), message: reader.string() }));
  const failed = results.filter(({ error }) => error !== 0 && error !== topicAlreadyExists);
  if (failed.length > 0) {
    throw new Error(failed.map(({ topic, error, message }) => `${topic}: error ${error} ${message}`).join('; '));
  }
}
