import { create, type DescMethod, type DescService, fromBinary, toBinary } from '@bufbuild/protobuf';
import { type Client, Code, ConnectError, createClient, type Transport } from '@connectrpc/connect';
import { createCallGroups, type Invoke, isGrouped } from './call-groups.ts';
import type { Sidecar, SidecarReply } from './dapr.ts';
import { InvocationFailed } from './invocation-failed.ts';

/**
 * How long an answer is. Sidecars pass on whatever came before a service died, as if it were all of it and without its length; an answer that
 * was cut off where it begins, or before its headers, would be one without any field.
 */
export const answerBytesHeader = 'ticketing-answer-bytes';

/** For a call whose caller goes on without its answer: less than the policies in components/resiliency.yaml, which hold for all calls of an app. */
export const sideCallMs = 1_000;

/** An older version of a service does not say how long its answers are; without a word of it, nothing at all came from the service. */
function isCutOff({ headers, body }: SidecarReply): boolean {
  const bytes = headers[answerBytesHeader];
  return bytes === undefined ? body.length === 0 : Number(bytes) !== body.length;
}

/**
 * A typed client for another service, called through the own sidecar on fixed paths in the Connect protocol.
 * Methods throw InvocationFailed when there is no answer; expected refusals are part of the answer.
 * Calls of a method with an `idempotency_level` in its proto share an invocation when there are many (call-groups.ts).
 * @param appId the Dapr app id of the service
 */
export function createRpcClient<S extends DescService>(service: S, sidecar: Sidecar, appId: string): Client<S> {
  return createClient(service, sidecarTransport(sidecar, appId));
}

function createInvoke(sidecar: Sidecar, appId: string): Invoke {
  return async (path, body, options = {}) => {
    const reply = await sidecar
      .request('POST', path, {
        appId,
        body,
        headers: { 'content-type': 'application/proto', 'connect-protocol-version': '1' },
        ...options,
      })
      .catch((error: unknown) => {
        throw new InvocationFailed(appId, path, 0, error instanceof Error ? error.message : 'no reply');
      });
    if (reply.status !== 200) throw new InvocationFailed(appId, path, reply.status, reply.body.toString());
    if (isCutOff(reply)) throw new InvocationFailed(appId, path, 0, 'the answer was cut off');
    return reply.body;
  };
}

// Connect's own Node transport costs several times the CPU of a bare undici call, and this is the hottest path there is.
function sidecarTransport(sidecar: Sidecar, appId: string): Transport {
  const invoke = createInvoke(sidecar, appId);
  const invokeGrouped = createCallGroups(appId, invoke);
  return {
    async unary(method, signal, timeoutMs, _header, input) {
      const path = `/${method.parent.typeName}/${method.name}`;
      const body = toBinary(method.input, create(method.input, input));
      const options = { ...(timeoutMs === undefined ? {} : { timeoutMs }), ...(signal === undefined ? {} : { signal }) };
      const answer = isGrouped(method) ? await invokeGrouped(path, body) : await invoke(path, body, options);
      return {
        stream: false,
        service: method.parent,
        method,
        header: new Headers(),
        trailer: new Headers(),
        message: fromBinary(method.output, answer),
      };
    },
    stream(method: DescMethod) {
      throw new ConnectError(`${method.name} is a stream; internal calls are unary`, Code.Unimplemented);
    },
  };
}
