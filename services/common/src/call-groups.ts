import { create, type DescMethod, fromBinary, toBinary } from '@bufbuild/protobuf';
import { MethodOptions_IdempotencyLevel } from '@bufbuild/protobuf/wkt';
import {
  type Call,
  type CallAnswer,
  CallGroupAnswerSchema,
  CallGroupSchema,
  CallSchema,
} from '@ticketing/contracts/gen/ticketing/common/v1/call_group_pb';
import { InvocationFailed } from './invocation-failed.ts';
import { createMicroBatcher, sharedPace } from './micro-batcher.ts';
import { traceHeaders } from './telemetry.ts';

/** What stands behind the path of a method for a group of its calls. */
export const groupSuffix = '/Group';

/** Whether a method may be asked twice, which is what its `idempotency_level` says. */
export function isGrouped({ idempotency }: DescMethod): boolean {
  return idempotency !== MethodOptions_IdempotencyLevel.IDEMPOTENCY_UNKNOWN;
}

const callsPerGroup = 64;

/** Sends the bytes of a message to a path of the other service. @returns the bytes of the answer */
export type Invoke = (path: string, body: Uint8Array, options?: { timeoutMs?: number; signal?: AbortSignal }) => Promise<Uint8Array>;

type Outcome = { bytes: Uint8Array } | { error: unknown };

/**
 * Lets calls of one method share invocations: calls made while one invocation is out join the next. A call alone goes as it is and
 * waits for nothing. Each call has its own trace, answer and failure. One that takes longer than the others may wait for is asked again,
 * alone.
 * @param invoke sends one message
 */
export function createCallGroups(appId: string, invoke: Invoke): (path: string, request: Uint8Array) => Promise<Uint8Array> {
  const invokeAlone = (path: string, { request }: Call): Promise<Outcome> =>
    invoke(path, request).then(
      (bytes) => ({ bytes }),
      (error: unknown) => ({ error }),
    );

  const invokeGroup = async (path: string, calls: Call[]): Promise<(CallAnswer | undefined)[]> => {
    try {
      const answer = await invoke(`${path}${groupSuffix}`, toBinary(CallGroupSchema, create(CallGroupSchema, { calls })));
      return fromBinary(CallGroupAnswerSchema, answer).answers;
    } catch (error) {
      // An older version of the service, or of its access rules, knows no groups.
      if (error instanceof InvocationFailed && (error.status === 404 || error.status === 403)) return [];
      throw error;
    }
  };

  const outcomeOf = (path: string, call: Call, answer: CallAnswer | undefined): Outcome | Promise<Outcome> => {
    switch (answer?.result.case) {
      case 'response':
        return { bytes: answer.result.value };
      case 'failure': {
        const { status, code, message } = answer.result.value;
        return { error: new InvocationFailed(appId, path, status, JSON.stringify({ code, message })) };
      }
      case undefined:
        return invokeAlone(path, call);
    }
  };

  const ask = createMicroBatcher<Call, () => Promise<Outcome> | Outcome>({ limit: callsPerGroup, ...sharedPace }, async (path, calls) => {
    const [only] = calls;
    if (only && calls.length === 1) {
      const outcome = await invokeAlone(path, only);
      return [() => outcome];
    }
    const answers = await invokeGroup(path, calls);
    // Those that are asked again hold up no other group.
    return calls.map((call, index) => () => outcomeOf(path, call, answers[index]));
  });

  return async (path, request) => {
    const call = create(CallSchema, { request, traceparent: traceHeaders().traceparent ?? '' });
    const settle = await ask(path, call);
    const outcome = await settle();
    if ('error' in outcome) throw outcome.error;
    return outcome.bytes;
  };
}
