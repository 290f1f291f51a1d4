import {
  create,
  type DescMessage,
  type DescMethod,
  type DescService,
  fromBinary,
  fromJsonString,
  type MessageInitShape,
  type MessageShape,
  toBinary,
  toJsonString,
} from '@bufbuild/protobuf';
import { type Call, CallGroupAnswerSchema, CallGroupSchema } from '@ticketing/contracts/gen/ticketing/common/v1/call_group_pb';
import type { Request, RequestHandler, Response } from 'express';
import { Overloaded } from './bulkhead.ts';
import { groupSuffix } from './call-groups.ts';
import { SidecarError } from './dapr.ts';
import { isDatabaseOut } from './database.ts';
import { endsWithin } from './ends-within.ts';
import { InvocationFailed } from './invocation-failed.ts';
import type { Logger } from './log.ts';
import { answerBytesHeader } from './rpc-client.ts';
import { contextFrom, inSpan, SpanKind } from './telemetry.ts';

/** The methods of a service: each takes the request message and gives the fields of the answer. */
export type RpcHandlers<S extends DescService> = {
  [M in keyof S['method']]: (
    request: MessageShape<S['method'][M]['input']>,
  ) => MessageInitShape<S['method'][M]['output']> | Promise<MessageInitShape<S['method'][M]['output']>>;
};

export interface RpcRouter {
  service: <S extends DescService>(service: S, handlers: RpcHandlers<S>) => void;
}

interface Route {
  method: DescMethod;
  handle: (request: unknown) => MessageInitShape<DescMessage> | Promise<MessageInitShape<DescMessage>>;
}

const maxBytes = 1024 * 1024;

/**
 * Serves unary calls of the Connect protocol, binary or JSON, at /package.Service/Method, and groups of calls (call-groups.ts) at the same
 * path with /Group behind it. An exception is logged once and answered as `internal`, or `unavailable` when what failed was the sidecar, the
 * database or another service.
 *
 * Connect's own middleware costs several times the CPU of what it carries here, which is why this one stands in.
 */
export function serveRpc(log: Logger, declare: (router: RpcRouter) => void): RequestHandler {
  const routes = new Map<string, Route>();
  declare({
    service: (service, handlers) => {
      for (const [name, method] of Object.entries<DescMethod>(service.method)) {
        // Message types are tied to their method by RpcHandlers; by name they can only be looked up.
        const handle = handlers[name] as Route['handle'];
        routes.set(`/${service.typeName}/${method.name}`, { method, handle });
      }
    },
  });
  return async (request, response, next) => {
    const isGroup = request.path.endsWith(groupSuffix);
    const path = isGroup ? request.path.slice(0, -groupSuffix.length) : request.path;
    const route = routes.get(path);
    if (!route || request.method !== 'POST') {
      next();
      return;
    }
    response.locals.route = request.path;
    const body = await readBody(request);
    if (!body) fail(response, { status: 429, code: 'resource_exhausted', message: `a call carries at most ${maxBytes} bytes` });
    else if (isGroup) await answerGroup(log, route, body, response);
    else await answerAlone(log, route, body, isJson(request), response);
  };
}

interface Failure {
  status: number;
  code: string;
  message: string;
}

type Outcome = { case: 'response'; value: Uint8Array } | { case: 'failure'; value: Failure };

async function answerAlone(log: Logger, route: Route, body: Buffer, asJson: boolean, response: Response): Promise<void> {
  const outcome = await answerCall(log, route, body, asJson);
  if (outcome.case === 'failure') fail(response, outcome.value);
  else send(response, outcome.value, asJson ? 'application/json' : 'application/proto');
}

// The others of a group wait no longer for one of them.
const longestWaitMs = 1_000;

async function answerGroup(log: Logger, route: Route, body: Buffer, response: Response): Promise<void> {
  let calls: Call[];
  try {
    ({ calls } = fromBinary(CallGroupSchema, body));
  } catch {
    fail(response, { status: 400, code: 'invalid_argument', message: 'the body is no group of calls' });
    return;
  }
  const outcomes: (Outcome | undefined)[] = calls.map(() => undefined);
  const answerEach = calls.map(async ({ traceparent, request }, index) => {
    const options = { kind: SpanKind.SERVER, parent: contextFrom({ traceparent }) };
    outcomes[index] = await inSpan(route.method.name, options, () => answerCall(log, route, request, false));
  });
  await endsWithin(Promise.all(answerEach), longestWaitMs);
  const [first] = outcomes;
  // What is out is out for all of them; as one failure it counts with the sidecar's circuit breaker.
  if (first?.case === 'failure' && outcomes.every((outcome) => outcome?.case === 'failure' && outcome.value.code === 'unavailable')) {
    fail(response, first.value);
    return;
  }
  const answers = outcomes.map((result) => (result ? { result } : {}));
  send(response, toBinary(CallGroupAnswerSchema, create(CallGroupAnswerSchema, { answers })), 'application/proto');
}

async function answerCall(log: Logger, { method, handle }: Route, body: Uint8Array, asJson: boolean): Promise<Outcome> {
  let message: unknown;
  try {
    message = asJson ? fromJsonString(method.input, Buffer.from(body).toString()) : fromBinary(method.input, body);
  } catch {
    return { case: 'failure', value: { status: 400, code: 'invalid_argument', message: `the body is no ${method.input.typeName}` } };
  }
  try {
    const reply = create(method.output, await handle(message));
    return { case: 'response', value: asJson ? Buffer.from(toJsonString(method.output, reply)) : toBinary(method.output, reply) };
  } catch (error) {
    log.error({ err: error, method: method.name }, 'call failed');
    // Something behind is out, which the caller may tell its client to wait for.
    const isOut = [InvocationFailed, SidecarError, Overloaded].some((kind) => error instanceof kind) || isDatabaseOut(error);
    return {
      case: 'failure',
      value: isOut
        ? { status: 503, code: 'unavailable', message: 'unavailable' }
        : { status: 500, code: 'internal', message: 'internal error' },
    };
  }
}

function isJson(request: Request): boolean {
  return request.headers['content-type']?.startsWith('application/json') ?? false;
}

function send(response: Response, bytes: Uint8Array, contentType: string): void {
  response.writeHead(200, { 'content-type': contentType, 'content-length': bytes.length, [answerBytesHeader]: bytes.length });
  response.end(bytes);
}

function fail(response: Response, { status, code, message }: Failure): void {
  response.status(status).json({ code, message });
}

/** The whole body, or undefined when it is too large. */
async function readBody(request: Request): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) continue;
    size += chunk.length;
    if (size > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
