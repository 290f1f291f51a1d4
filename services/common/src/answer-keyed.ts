import type { DescMessage, MessageShape } from '@bufbuild/protobuf';
import { answerOnce, type RecordAnswer } from './idempotency.ts';
import type { Refusal } from './refusal.ts';

/** answerOnce for requests that may come without a key: then each has its effect. @param request its `key` is empty when there is none */
export async function answerKeyed<S extends DescMessage>(
  deps: Parameters<typeof answerOnce<S>>[0],
  request: Parameters<typeof answerOnce<S>>[1],
  schema: S,
  work: (record: RecordAnswer<MessageShape<S>>) => Promise<MessageShape<S>>,
): Promise<MessageShape<S> | Refusal> {
  return request.key === '' ? work(() => Promise.resolve()) : answerOnce(deps, request, schema, work);
}
