import { create, type DescMethod, type DescService, fromBinary, toBinary } from '@bufbuild/protobuf';
import { type Client, Code, ConnectError, createClient, type Transport } from '@connectrpc/connect';
import { z } from 'zod';
import type { Sidecar, SidecarReply } from './dapr.ts';

/**
 * How long an answer is. Sidecars pass on whatever came before a service died, as if it were all of it and without its length; an answer that
 * was cut off where it begins, or before its headers, would be one without any field.
 */
export const answerBytesHeader = 'ticketing-answer-bytes';

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

/** An older version of a service does not say how long its answers are; without a word of it, nothing at all came from the service. */
function isCutOff({ headers, body }: SidecarReply): boolean {
  const bytes = headers[answerBytesHeader];
  return bytes === undefined ? body.length === 0 : Number(bytes) !== body.length;
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
          appId,
          body: toBinary(method.input, create(method.input, input)),
          headers: { 'content-type': 'application/proto', 'connect-protocol-version': '1' },
          ...(timeoutMs === undefined ? {} : { timeoutMs }),
          ...(signal === undefined ? {} : { signal }),
        })
        .catch((error: unknown) => {
          throw new InvocationFailed(appId, path, 0, error instanceof Error ? error.message : 'no reply');
        });
      if (reply.status !== 200) throw new InvocationFailed(appId, path, reply.status, reply.body.toString());
      if (isCutOff(reply)) throw new InvocationFailed(appId, path, 0, 'the answer was cut off');
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
