import { Client, type Dispatcher } from 'undici';

export interface LoadRequest {
  method: 'GET' | 'POST';
  /** From the root, with its query. */
  path: string;
  headers?: Readonly<Record<string, string>>;
  body?: string;
}

export interface LoadAnswer {
  status: number;
  text: () => string;
}

/** Sends one request. Rejects when there is no answer. */
export type Send = (request: LoadRequest) => Promise<LoadAnswer>;

/** Something to do on a connection. @returns what was unexpected in short, such as the status; undefined when all was well */
export type Task = (send: Send) => Promise<string | undefined>;

export interface LoopBounds {
  /** Where requests go: scheme, host and port. */
  url: string;
  connections: number;
  /** Seconds and tasks after which no further task begins. */
  seconds: number;
  most: number;
  /** Ends the loop with its reason. */
  signal: AbortSignal;
}

const patienceMs = 30_000;

/**
 * Works tasks off in a closed loop: each connection takes the next task when it is done with its last one. Tasks that have begun are finished.
 * @param tasks taken in turn by all connections; the rest is left for the next loop
 * @param done is told what was unexpected of a task, and how long it took in milliseconds
 * @returns how long all of it took, in seconds
 */
export async function runClosedLoop(
  tasks: Iterator<Task>,
  { url, connections, seconds, most, signal }: LoopBounds,
  done: (unexpected: string | undefined, tookMs: number) => void = () => undefined,
): Promise<number> {
  const started = performance.now();
  const elapsed = (): number => (performance.now() - started) / 1_000;
  let begun = 0;
  const connection = async (): Promise<void> => {
    const client = new Client(url, { headersTimeout: patienceMs, bodyTimeout: patienceMs });
    const send: Send = (request) => new Promise((resolve, reject) => client.dispatch({ ...request }, collect(resolve, reject)));
    try {
      while (begun < most && elapsed() < seconds) {
        signal.throwIfAborted();
        const next = tasks.next();
        if (next.done) return;
        begun += 1;
        const began = performance.now();
        const unexpected = await next.value(send).catch((error: unknown) => String(error));
        done(unexpected, performance.now() - began);
      }
    } finally {
      await client.close();
    }
  };
  await Promise.all(Array.from({ length: connections }, connection));
  return elapsed();
}

/** Requests that are each answered with this status. */
export function* requestsWith(status: number, requests: Iterable<LoadRequest>): Generator<Task> {
  for (const request of requests) {
    yield async (send) => {
      const answer = await send(request);
      return answer.status === status ? undefined : String(answer.status);
    };
  }
}

/** The values again and again. */
export function* inTurn<T>(values: readonly T[]): Generator<T, never> {
  for (;;) yield* values;
}

/** Costs less than `request` and its stream, which counts where the load generator shares the cores with what it measures. */
function collect(resolve: (answer: LoadAnswer) => void, reject: (error: Error) => void): Dispatcher.DispatchHandler {
  let status = 0;
  const chunks: Buffer[] = [];
  return {
    // The client tells by its presence which handlers are of this kind.
    onRequestStart: () => undefined,
    onResponseStart: (_controller, statusCode) => {
      status = statusCode;
    },
    onResponseData: (_controller, chunk) => {
      chunks.push(chunk);
    },
    onResponseEnd: () => resolve({ status, text: () => Buffer.concat(chunks).toString('utf8') }),
    onResponseError: (_controller, error) => reject(error),
  };
}
