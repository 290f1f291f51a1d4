import { timingSafeEqual } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { context, metrics, SpanKind, trace } from '@opentelemetry/api';
import express, { type ErrorRequestHandler, type Express, type Request, type RequestHandler, type Response } from 'express';
import type { ServiceConfig } from './config.ts';
import { InvalidConfiguration } from './config.ts';
import type { Logger } from './log.ts';
import { contextFrom, type Telemetry } from './telemetry.ts';

export interface ServiceAppOptions {
  telemetry: Telemetry;
  /** Sees each request before anything else does. */
  first?: RequestHandler | undefined;
  /** Answers a request for which nothing is left to do, before anything else looks at it. @returns the route, or undefined for all others */
  answerAtOnce?: (request: Request, response: Response) => string | undefined;
  /** Throws while the service can't do its work; liveness never looks at it. */
  ready: () => Promise<void>;
}

/** An Express app with what every service has: trace per request, request metrics, /healthz, /readyz and /metrics. */
export function createServiceApp({ telemetry, ready, first, answerAtOnce }: ServiceAppOptions): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  const record = recordRequests();
  if (first) app.use(first);
  if (answerAtOnce) app.use(answerFirst(answerAtOnce, record));
  app.get('/healthz', (_request, response) => {
    response.json({ status: 'ok' });
  });
  app.get('/readyz', async (_request, response) => {
    try {
      await ready();
      response.json({ status: 'ready' });
    } catch (error) {
      response.status(503).json({ status: 'not ready', reason: error instanceof Error ? error.message : 'unknown' });
    }
  });
  app.get('/metrics', telemetry.metricsHandler);
  app.use(observeRequests(record));
  return app;
}

type RecordRequest = (started: number, attributes: { method: string; route: string; status: string }) => void;

/** Counts rate, errors and duration by route. */
function recordRequests(): RecordRequest {
  const duration = metrics.getMeter('ticketing').createHistogram('http_server_duration_seconds', {
    description: 'Time from the first byte of a request to the end of its answer, by route and status',
    unit: 's',
    advice: { explicitBucketBoundaries: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] },
  });
  return (started, attributes) => duration.record((performance.now() - started) / 1000, attributes);
}

/** Such requests have no span: it would have nothing in it. */
function answerFirst(answerAtOnce: NonNullable<ServiceAppOptions['answerAtOnce']>, record: RecordRequest): RequestHandler {
  return (request, response, next) => {
    const started = performance.now();
    const route = answerAtOnce(request, response);
    if (route === undefined) next();
    else record(started, { method: request.method, route, status: String(response.statusCode) });
  };
}

/** Opens a span and records the request. Routes name themselves in `response.locals.route`. */
function observeRequests(record: RecordRequest): RequestHandler {
  const tracer = trace.getTracer('ticketing');
  return (request, response, next) => {
    const started = performance.now();
    const parent = contextFrom(request.headers);
    const span = tracer.startSpan(request.method, { kind: SpanKind.SERVER }, parent);
    response.once('close', () => {
      const route: unknown = response.locals.route;
      const attributes = {
        method: request.method,
        route: typeof route === 'string' ? route : 'unmatched',
        status: String(response.statusCode),
      };
      record(started, attributes);
      span.updateName(`${request.method} ${attributes.route}`);
      span.setAttribute('http.response.status_code', response.statusCode);
      span.end();
    });
    context.with(trace.setSpan(parent, span), next);
  };
}

/** Lets only the own sidecar in: it knows the token that was given to both. */
export function requireAppToken(expected: string): RequestHandler {
  const wanted = Buffer.from(expected);
  return (request, response, next) => {
    const given = Buffer.from(request.get('dapr-api-token') ?? '');
    if (given.length === wanted.length && timingSafeEqual(given, wanted)) {
      next();
    } else {
      response.status(401).json({ code: 'unauthenticated', message: 'This port is for the sidecar only.' });
    }
  };
}

/** The last resort of an internal service: logs once, answers 500 in the error shape of Connect. */
export function internalErrors(log: Logger): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    log.error({ err: error, path: request.path }, 'request failed');
    if (response.headersSent) next(error);
    else response.status(500).json({ code: 'internal' });
  };
}

const drainMs = 10_000;

/**
 * Listens until SIGTERM or SIGINT, then drains: stops taking connections, lets running requests finish, runs `onStop`.
 * A second signal ends the process at once.
 * @param onDrain ends what would go on for ever, such as streams, when draining begins
 */
export async function listen(
  app: Express,
  config: ServiceConfig,
  log: Logger,
  onStop: () => Promise<void>,
  onDrain: () => void = () => undefined,
): Promise<void> {
  const server = createServer(app);
  server.keepAliveTimeout = 65_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(config.APP_PORT, config.HOST, resolve);
  });
  log.info({ port: config.APP_PORT }, 'listening');

  let stopping = false;
  const stop = async (signal: string): Promise<void> => {
    if (stopping) process.exit(1);
    stopping = true;
    log.info({ signal }, 'stopping');
    const drained = drain(server);
    onDrain();
    await drained;
    await onStop();
    log.info('stopped');
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT']) {
    process.on(signal, () => {
      stop(signal).catch((error: unknown) => {
        log.error({ err: error }, 'did not stop cleanly');
        process.exit(1);
      });
    });
  }
}

/** Takes no more connections, lets running requests finish within bounds, and closes each connection after its last answer. */
async function drain(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  // A connection that is busy now would be kept alive and could bring another request: close it as soon as it is idle.
  const sweep = setInterval(() => server.closeIdleConnections(), 20);
  const deadline = setTimeout(() => server.closeAllConnections(), drainMs);
  await closed;
  clearInterval(sweep);
  clearTimeout(deadline);
}

/** Runs a service's main function; a failure to start is one clear line and exit code 1. */
export function runMain(main: () => Promise<void>): void {
  main().catch((error: unknown) => {
    const message = error instanceof InvalidConfiguration ? error.message : error;
    console.error(message);
    process.exit(1);
  });
}
