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
import type { Request, RequestHandler, Response } from 'express';
import { SidecarError } from './dapr.ts';
import { isDatabaseOut } from './database.ts';
import type { Logger } from './log.ts';
import { answerBytesHeader, InvocationFailed } from './rpc-client.ts';

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
 * Serves unary calls of the Connect protocol, binary or JSON, at /package.Service/Method. An exception is logged once and answered as
 * `internal`, or `unavailable` when what failed was the sidecar, the database or another service.
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
    const route = routes.get(request.path);
    if (!route || request.method !== 'POST') {
      next();
      return;
    }
    response.locals.route = request.path;
    await answer(log, route, request, response);
  };
}

async function answer(log: Logger, { method, handle }: Route, request: Request, response: Response): Promise<void> {
  const isJson = request.headers['content-type']?.startsWith('application/json') ?? false;
  const body = await readBody(request);
  if (!body) {
    fail(response, 429, 'resource_exhausted', `a call carries at most ${maxBytes} bytes`);
    return;
  }
  let message: unknown;
  try {
    message = isJson ? fromJsonString(method.input, body.toString()) : fromBinary(method.input, body);
  } catch {
    fail(response, 400, 'invalid_argument', `the body is no ${method.input.typeName}`);
    return;
  }
  try {
    const reply = create(method.output, await handle(message));
    const bytes = isJson ? Buffer.from(toJsonString(method.output, reply)) : toBinary(method.output, reply);
    response.writeHead(200, {
      'content-type': isJson ? 'application/json' : 'application/proto',
      'content-length': bytes.length,
      [answerBytesHeader]: bytes.length,
    });
    response.end(bytes);
  } catch (error) {
    log.error({ err: error, method: method.name }, 'call failed');
    // Something behind is out, which the caller may tell its client to wait for.
    if (error instanceof InvocationFailed || error instanceof SidecarError || isDatabaseOut(error))
      fail(response, 503, 'unavailable', 'unavailable');
    else fail(response, 500, 'internal', 'internal error');
  }
}

function fail(response: Response, status: number, code: string, message: string): void {
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
