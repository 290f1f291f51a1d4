import { Pool } from 'undici';
import { z } from 'zod';
import { type Bulkhead, createBulkhead } from './bulkhead.ts';
import { traceHeaders } from './telemetry.ts';

/** Names of the Dapr components, as in components/. */
export const components = {
  state: 'ticketing-state',
  cache: 'ticketing-cache',
  lock: 'ticketing-lock',
  events: 'ticketing-events',
  settings: 'ticketing-settings',
  settingsWriter: 'ticketing-settings-writer',
  secrets: 'ticketing-secrets',
  mail: 'ticketing-mail',
} as const;

/** The sidecar, or the component behind it, answered with an error or not at all; the request may have taken effect. */
export class SidecarError extends Error {
  override readonly name = 'SidecarError';
  readonly status: number;
  readonly code: string;
  /** What the sidecar says about it, with what the component behind it said; for people and logs. */
  readonly detail: string;
  constructor(operation: string, status: number, code: string, detail = '') {
    super(`${operation} failed: ${status} ${code}`);
    this.status = status;
    this.code = code;
    this.detail = detail;
  }
}

export interface SidecarOptions {
  httpPort: number;
  apiToken: string;
}

export interface SidecarReply {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
}

/** An entry that was read from the state store. */
export interface StateEntry {
  value: unknown;
  etag: string;
}

/** An entry to write. */
export interface NewState {
  key: string;
  value: unknown;
  /** Of the entry that it replaces; without it, the key must not exist. */
  etag?: string | undefined;
  ttlSeconds?: number | undefined;
}

/** One event of a bulk publish; `id` becomes the CloudEvent id, `key` chooses the Kafka partition. */
export interface PublishEntry {
  id: string;
  type: string;
  key: string;
  traceparent?: string | undefined;
  data: unknown;
  /** The id of the replay that publishes it again. */
  replay?: string;
}

/** Ends a call that the sidecar does not answer, also one that has waited for room: longer than any policy in components/resiliency.yaml. */
export const backstopMs = 15_000;

// Of a bulk read, by the sidecar.
const keysAtATime = 100;

// An ETag that no stored value has: a write with it succeeds only where the key does not exist.
const absentEtag = '2147483647';

/** What goes to one service, or begins like one of `ownLanes`, or all else has connections of its own: one that is slow holds up nothing else. */
interface Lane {
  pool: Pool;
  bulkhead: Bulkhead;
}

const ownLanes = ['/v1.0/healthz', `/v1.0/state/${components.cache}`];
// Two hundred who want the same seat at the same moment are all answered, also where the machine has other things to do.
const laneLimits = { mostAtWork: 128, mostWaiting: 256, longestWaitMs: 4_000 };

/**
 * The HTTP API of the own sidecar over keep-alive connections.
 * Every method throws SidecarError when the sidecar or the component behind it fails.
 */
export class Sidecar {
  readonly #address: string;
  readonly #lanes = new Map<string, Lane>();
  readonly #headers: Record<string, string>;

  constructor(options: SidecarOptions) {
    this.#address = `http://127.0.0.1:${options.httpPort}`;
    this.#headers = { 'dapr-api-token': options.apiToken };
  }

  #laneTo(name: string): Lane {
    const known = this.#lanes.get(name);
    if (known) return known;
    const pool = new Pool(this.#address, { connections: laneLimits.mostAtWork, keepAliveTimeout: 30_000 });
    const lane = { pool, bulkhead: createBulkhead(laneLimits) };
    this.#lanes.set(name, lane);
    return lane;
  }

  /** @param options `appId` is the service to call; `timeoutMs` is also the time for which it may wait until it is sent */
  async request(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    options: {
      appId?: string;
      body?: string | Uint8Array;
      headers?: Record<string, string>;
      timeoutMs?: number;
      signal?: AbortSignal;
    } = {},
  ): Promise<SidecarReply> {
    const timeout = options.timeoutMs ?? backstopMs;
    const { pool, bulkhead } = this.#laneTo(options.appId ?? ownLanes.find((start) => path.startsWith(start)) ?? 'components');
    try {
      return await bulkhead.run(timeout, async (waitedMs) => {
        const left = Math.max(1, timeout - waitedMs);
        const { statusCode, headers, body } = await pool.request({
          method,
          path,
          body: options.body ?? null,
          headers: { ...this.#headers, ...traceHeaders(), ...(options.appId && { 'dapr-app-id': options.appId }), ...options.headers },
          headersTimeout: left,
          bodyTimeout: left,
          signal: options.signal ?? null,
        });
        return { status: statusCode, headers, body: Buffer.from(await body.arrayBuffer()) };
      });
    } catch (error) {
      throw new SidecarError(`${method} ${path}`, 0, error instanceof Error ? error.message : 'no reply');
    }
  }

  #post(path: string, body: unknown): Promise<SidecarReply> {
    return this.request('POST', path, { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });
  }

  /** Writes the key only where it does not exist. False: it exists. */
  async createState(key: string, value: unknown, ttlSeconds?: number): Promise<boolean> {
    return this.saveStates([{ key, value, ttlSeconds }]);
  }

  /** Replaces the key only where it still has this ETag. False: it has changed meanwhile. */
  async updateState(key: string, value: unknown, etag: string, ttlSeconds?: number): Promise<boolean> {
    return this.saveStates([{ key, value, etag, ttlSeconds }]);
  }

  /** Writes several keys in one round trip, each only as `etag` says. False: at least one was not written; the others may have been. */
  async saveStates(entries: NewState[]): Promise<boolean> {
    const body = entries.map(({ key, value, etag = absentEtag, ttlSeconds }) => ({
      key,
      value,
      etag,
      options: { concurrency: 'first-write' },
      ...(ttlSeconds === undefined ? {} : { metadata: { ttlInSeconds: String(ttlSeconds) } }),
    }));
    const reply = await this.#post(`/v1.0/state/${components.state}`, body);
    if (reply.status === 409) return false;
    expectSuccess('save state', reply);
    return true;
  }

  async getState(key: string): Promise<StateEntry | undefined> {
    const reply = await this.request('GET', `/v1.0/state/${components.state}/${encodeURIComponent(key)}`);
    expectSuccess('get state', reply);
    const etag = reply.headers.etag;
    if (reply.status === 204 || typeof etag !== 'string') return undefined;
    return { value: parseBody(z.unknown(), reply), etag };
  }

  /** Entries by key; keys that do not exist are left out. */
  async getStates(keys: string[]): Promise<Map<string, StateEntry>> {
    const reply = await this.#post(`/v1.0/state/${components.state}/bulk`, { keys, parallelism: keysAtATime });
    expectSuccess('get states', reply);
    const items = reply.status === 204 ? [] : parseBody(bulkState, reply);
    // A key that could not be read must not pass for one that does not exist.
    const failed = items.find((item) => item.error);
    if (failed) throw new SidecarError(`get state ${failed.key}`, reply.status, failed.error ?? 'UNKNOWN');
    return new Map(items.flatMap(({ key, data: value, etag }) => (value === undefined || value === null ? [] : [[key, { value, etag }]])));
  }

  /** Deletes the key, only with this ETag where one is given. False: it has changed meanwhile. */
  async deleteState(key: string, etag?: string): Promise<boolean> {
    const headers = etag === undefined ? {} : { 'if-match': etag };
    const path = `/v1.0/state/${components.state}/${encodeURIComponent(key)}${etag === undefined ? '' : '?concurrency=first-write'}`;
    const reply = await this.request('DELETE', path, { headers });
    if (reply.status === 409) return false;
    expectSuccess('delete state', reply);
    return true;
  }

  /** Takes a lock for a time. It has neither renewal nor fencing: it saves double work, it does not make work correct. */
  async tryLock(resource: string, owner: string, expirySeconds: number): Promise<boolean> {
    const reply = await this.#post(`/v1.0-alpha1/lock/${components.lock}`, {
      resourceId: resource,
      lockOwner: owner,
      expiryInSeconds: expirySeconds,
    });
    expectSuccess('lock', reply);
    return parseBody(lockAnswer, reply).success;
  }

  async unlock(resource: string, owner: string): Promise<void> {
    const reply = await this.#post(`/v1.0-alpha1/unlock/${components.lock}`, { resourceId: resource, lockOwner: owner });
    expectSuccess('unlock', reply);
  }

  /** Publishes all entries in one call. Returns the ids that the broker did not take. */
  async publish(topic: string, entries: PublishEntry[]): Promise<Set<string>> {
    const body = entries.map((entry) => ({
      entryId: entry.id,
      ...(entry.replay === undefined ? { event: entry.data, contentType: 'application/json' } : replayed(entry, entry.replay)),
      metadata: {
        'cloudevent.id': entry.id,
        'cloudevent.type': entry.type,
        partitionKey: entry.key,
        ...(entry.traceparent ? { 'cloudevent.traceparent': entry.traceparent } : {}),
      },
    }));
    const reply = await this.#post(`/v1.0/publish/bulk/${components.events}/${topic}`, body);
    if (reply.status < 300) return new Set();
    const answer = bulkPublishAnswer.safeParse(parseJson(reply.body)).data;
    // An error that names no entry is an error of all of them.
    const named = answer?.failedEntries.map((entry) => entry.entryId) ?? [];
    return new Set(named.length > 0 ? named : entries.map((entry) => entry.id));
  }

  /** A secret by name; components/ says where secrets live. */
  async getSecret(name: string): Promise<string> {
    const reply = await this.request('GET', `/v1.0/secrets/${components.secrets}/${name}`);
    expectSuccess(`get secret ${name}`, reply);
    const values = parseBody(secretAnswer, reply);
    const value = values[name];
    if (!value) throw new SidecarError(`get secret ${name}`, reply.status, 'EMPTY');
    return value;
  }

  /** Current runtime settings by key, as stored; keys without a value are left out. */
  async getConfiguration(keys: string[]): Promise<Map<string, string>> {
    const query = keys.map((key) => `key=${encodeURIComponent(key)}`).join('&');
    const reply = await this.request('GET', `/v1.0/configuration/${components.settings}?${query}`);
    expectSuccess('get configuration', reply);
    const items = reply.body.length > 0 ? parseBody(configurationAnswer, reply) : {};
    return new Map(Object.entries(items).map(([key, item]) => [key, item.value]));
  }

  /** Invokes an output binding. @returns what it answers, empty for nothing */
  async invokeBinding(name: string, operation: string, data: unknown, metadata: Record<string, string>): Promise<string> {
    const reply = await this.#post(`/v1.0/bindings/${name}`, { operation, data, metadata });
    expectSuccess(`binding ${name}`, reply);
    return reply.body.toString();
  }

  /** Waits until the sidecar's API and components are up. It does not wait for the app, so it can be used while starting. */
  async waitUntilUp(timeoutMs = 60_000): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const status = await this.request('GET', '/v1.0/healthz/outbound', { timeoutMs: 2_000 }).then(
        (reply) => reply.status,
        () => 0,
      );
      if (status === 204) return;
      if (Date.now() > deadline) throw new SidecarError('wait for the sidecar', status, 'TIMEOUT');
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#lanes.values()].map(({ pool }) => pool.close()));
  }
}

/** A whole CloudEvent in place of its data, because metadata can't add an attribute. */
function replayed({ id, type, traceparent, data }: PublishEntry, replay: string) {
  const attributes = { specversion: '1.0', id, type, source: 'replay', replay, datacontenttype: 'application/json' };
  return { event: { ...attributes, ...(traceparent && { traceparent }), data }, contentType: 'application/cloudevents+json' };
}

const bulkState = z.array(
  z.object({ key: z.string(), data: z.unknown().optional(), etag: z.string().default(''), error: z.string().optional() }),
);
const lockAnswer = z.object({ success: z.boolean() });
const bulkPublishAnswer = z.object({ failedEntries: z.array(z.object({ entryId: z.string() })) });
const secretAnswer = z.record(z.string(), z.string());
const configurationAnswer = z.record(z.string(), z.object({ value: z.string() }));
const errorAnswer = z.object({ errorCode: z.string(), message: z.string().default('') });

function expectSuccess(operation: string, reply: SidecarReply): void {
  if (reply.status >= 200 && reply.status < 300) return;
  const error = errorAnswer.safeParse(parseJson(reply.body)).data;
  throw new SidecarError(operation, reply.status, error?.errorCode ?? 'UNKNOWN', error?.message);
}

function parseBody<T extends z.ZodType>(schema: T, reply: SidecarReply): z.infer<T> {
  return schema.parse(JSON.parse(reply.body.toString()));
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}
