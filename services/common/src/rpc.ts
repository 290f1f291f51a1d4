import { create, type DescMethod, type DescService, fromBinary, toBinary } from '@bufbuild/protobuf';
import { type Client, Code, ConnectError, type ConnectRouter, createClient, type Interceptor, type Transport } from '@connectrpc/connect';
import { expressConnectMiddleware } from '@connectrpc/connect-express';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import { type Sidecar, SidecarError } from './dapr.ts';
import type { Logger } from './log.ts';

/** The called service, its sidecar or the network failed; whether the call took effect is not known. */
export class InvocationFailed extends Error {
  override readonly name = 'InvocationFailed';
  readonly appId: string;
  readonly status: number;
  /** The Connect code, for example `internal`, when it was the service itself that answered. */
  readonly code: string | undefined;
  constructor(appId: string, method: string, status: number, reason: string) {
    super(`${appId} ${method} failed: ${status} ${reason.slice(0, 200)}`);
    this.appId = appId;
    this.status = status;
    this.code = connectCode(reason);
  }
}

const connectError = z.object({ code: z.string() });

function connectCode(body: string): string | undefined {
  try {
    return connectError.safeParse(JSON.parse(body)).data?.code;
  } catch {
    return undefined;
  }
}

/**
 * A typed client for another service, called through the own sidecar on fixed paths in the Connect protocol.
 * Methods throw InvocationFailed when there is no answer; expected refusals are part of the answer.
 * @param appId the Dapr app id of the service
 */
export function createRpcClient<S extends DescService>(service: S, sidecar: Sidecar, appId: string): Client<S> {
  return createClient(service, sidecarTransport(sidecar, appId));
}

// Connect's own Node transport costs several times the CPU of a bare undici call, and this is the hottest path there is.
function sidecarTransport(sidecar: Sidecar, appId: string): Transport {
  return {
    async unary(method, signal, timeoutMs, _header, input) {
      const path = `/${method.parent.typeName}/${method.name}`;
      const reply = await sidecar
        .request('POST', path, {
          body: toBinary(method.input, create(method.input, input)),
          headers: { 'dapr-app-id': appId, 'content-type': 'application/proto', 'connect-protocol-version': '1' },
          ...(timeoutMs === undefined ? {} : { timeoutMs }),
          ...(signal === undefined ? {} : { signal }),
        })
        .catch((error: unknown) => {
          throw new InvocationFailed(appId, path, 0, error instanceof Error ? error.message : 'no reply');
        });
      if (reply.status !== 200) throw new InvocationFailed(appId, path, reply.status, reply.body.toString());
      return {
        stream: false,
        service: method.parent,
        method,
        header: new Headers(),
        trailer: new Headers(),
        message: fromBinary(method.output, reply.body),
      };
    },
    stream(method: DescMethod) {
      throw new ConnectError(`${method.name} is a stream; internal calls are unary`, Code.Unimplemented);
    },
  };
}

/** Serves Connect services on an Express app. An unexpected exception is logged once and answered as `internal`, or
 * `unavailable` when what failed was the sidecar or another service. */
export function serveRpc(log: Logger, routes: (router: ConnectRouter) => void): RequestHandler {
  const logFailures: Interceptor = (next) => async (request) => {
    try {
      return await next(request);
    } catch (error) {
      if (error instanceof ConnectError) throw error;
      log.error({ err: error, method: request.method.name }, 'call failed');
      // Somebody else is out, which the caller may tell its client to wait for.
      if (error instanceof InvocationFailed || error instanceof SidecarError) throw new ConnectError('unavailable', Code.Unavailable);
      throw new ConnectError('internal error', Code.Internal);
    }
  };
  const middleware = expressConnectMiddleware({ routes, interceptors: [logFailures], readMaxBytes: 1024 * 1024 });
  return (request, response, next) => {
    response.locals.route = request.path;
    return middleware(request, response, next);
  };
}
