import { setTimeout as delay } from 'node:timers/promises';
import { Pool } from 'undici';
import { z } from 'zod';

/** An answer of the gateway; `body` is parsed JSON, or undefined when there is none. */
export interface ApiReply {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: unknown;
}

export interface ApiRequest {
  token?: string | undefined;
  pass?: string | undefined;
  idempotencyKey?: string | undefined;
  body?: unknown;
  headers?: Record<string, string>;
}

const patience = 10;
/** Answers of a proxy that finds nobody behind it. */
const nobodyThere: readonly number[] = [502, 503, 504];
const noAnswerPauseSeconds = 1;

export interface ApiClientOptions {
  connections?: number;
  /** Takes a missing answer for one that says to come again, and comes for a minute: for shops whose parts are being replaced. */
  persistent?: boolean;
}

const problem = z.object({ code: z.string(), detail: z.string().optional() });

/** An answer with another status than expected. */
class UnexpectedReply extends Error {
  override readonly name = 'UnexpectedReply';
  readonly reply: ApiReply;
  constructor(request: string, reply: ApiReply) {
    super(`${request}: ${reply.status} ${JSON.stringify(reply.body)}`);
    this.reply = reply;
  }
}

/** A client of the public API, as the demo, the seed and the tests use it. */
export class ApiClient {
  readonly #pool: Pool;
  readonly #persistent: boolean;

  /** @param gatewayUrl for example http://127.0.0.1:8080 */
  constructor(gatewayUrl: string, { connections = 64, persistent = false }: ApiClientOptions = {}) {
    this.#persistent = persistent;
    this.#pool = new Pool(gatewayUrl, { connections, headersTimeout: 30_000, bodyTimeout: 30_000 });
  }

  /** @param path below /api/v1, or absolute when it begins with // */
  async send(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, request: ApiRequest = {}): Promise<ApiReply> {
    const { token, pass, idempotencyKey, body } = request;
    const headers = {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(pass === undefined ? {} : { 'x-queue-pass': pass }),
      ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...request.headers,
    };
    const reply = await this.#pool.request({
      method,
      path: path.startsWith('//') ? path.slice(1) : `/api/v1${path}`,
      headers,
      body: body === undefined ? null : typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
    });
    const text = await reply.body.text();
    return { status: reply.statusCode, headers: reply.headers, body: parseJson(text) };
  }

  /** Sends as a patient client does: told by Retry-After to come again, it does, with the same Idempotency-Key. */
  async sendPatiently(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, request: ApiRequest = {}): Promise<ApiReply> {
    for (let left = this.#persistent ? 60 : patience; ; left -= 1) {
      const reply = await this.send(method, path, request).catch((error: unknown) => {
        if (this.#persistent && left > 1) return undefined;
        throw error;
      });
      const after = reply ? this.#pauseAfter(reply) : noAnswerPauseSeconds;
      if (reply && (after === undefined || left === 1)) return reply;
      await delay((after ?? 0) * 1_000);
    }
  }

  /** Seconds after which to ask again; undefined for an answer that is final. */
  #pauseAfter(reply: ApiReply): number | undefined {
    const after = Number(reply.headers['retry-after']);
    if (after > 0) return after;
    return this.#persistent && nobodyThere.includes(reply.status) ? noAnswerPauseSeconds : undefined;
  }

  /**
   * Sends patiently and reads the answer as `schema`.
   * @throws UnexpectedReply for a status outside of 200 to 299
   */
  async call<T extends z.ZodType>(
    schema: T,
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    request: ApiRequest = {},
  ): Promise<z.infer<T>> {
    const reply = await this.sendPatiently(method, path, request);
    if (reply.status < 200 || reply.status > 299) throw new UnexpectedReply(`${method} ${path}`, reply);
    return schema.parse(reply.body);
  }

  async close(): Promise<void> {
    await this.#pool.close();
  }
}

/** The stable code of a problem answer; undefined for anything else. */
export function problemCode(reply: ApiReply): string | undefined {
  return problem.safeParse(reply.body).data?.code;
}

function parseJson(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
