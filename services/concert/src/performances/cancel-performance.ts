import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { actorOf } from '@ticketing/common/actor';
import { answerKeyed } from '@ticketing/common/answer-keyed';
import { recordAudit } from '@ticketing/common/audit';
import { isRefusal, refusalResult } from '@ticketing/common/refusal';
import { type CancelPerformanceRequest, CancelPerformanceResponseSchema } from '@ticketing/contracts/gen/ticketing/concert/v1/organiser_pb';
import { performanceNotFound } from '../concerts/refusals.ts';
import type { CatalogueWriter, Context } from '../context.ts';
import { cancelPerformances } from './cancel-performances.ts';
import { lockOwnPerformance } from './own-performance.ts';

/**
 * Cancels a performance, once for each Idempotency-Key, also one that has begun: its sale stops and what was paid is given back, by events. One
 * that is cancelled already stays so and is no error. Refuses with `performance-not-found`, also for a performance of somebody else, or
 * `idempotency-key-reused`.
 */
export async function cancelPerformance(
  ctx: CatalogueWriter & Pick<Context, 'sidecar'>,
  request: CancelPerformanceRequest,
): Promise<MessageInitShape<typeof CancelPerformanceResponseSchema>> {
  const actor = actorOf(request);
  const { performanceId, idempotencyKey: key } = request;
  const once = { userId: actor.userId, operation: 'cancel-performance', key, body: { performanceId } };
  const answer = await answerKeyed(ctx, once, CancelPerformanceResponseSchema, (record) =>
    ctx.db.transaction(async (tx) => {
      const own = await lockOwnPerformance(tx, actor, performanceId);
      if (!own) return create(CancelPerformanceResponseSchema, { result: refusalResult(performanceNotFound()) });
      const { concert, performance } = own;
      if (performance.status === 'SCHEDULED') {
        await cancelPerformances(tx, concert, [performance], { wholly: false });
        const change = { before: { status: 'SCHEDULED' }, after: { status: 'CANCELLED' } };
        await recordAudit(tx, { actorId: actor.userId, action: 'performance.cancel', subject: performanceId, ...change });
      }
      const value = { concertId: concert.id, performanceIds: [performanceId] };
      const cancelled = create(CancelPerformanceResponseSchema, { result: { case: 'cancelled', value } });
      await record(tx, cancelled);
      return cancelled;
    }),
  );
  if (isRefusal(answer)) return { result: refusalResult(answer) };
  if (answer.result.case === 'cancelled') ctx.changed(answer.result.value.concertId);
  return answer;
}
