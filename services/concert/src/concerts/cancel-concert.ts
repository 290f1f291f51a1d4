import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { actorOf } from '@ticketing/common/actor';
import { answerKeyed } from '@ticketing/common/answer-keyed';
import { recordAudit } from '@ticketing/common/audit';
import { idFromBinary, type Queryable } from '@ticketing/common/database';
import { isRefusal, type Refusal, refusalResult, refuse } from '@ticketing/common/refusal';
import type { Actor } from '@ticketing/contracts/gen/ticketing/common/v1/actor_pb';
import {
  type CancelConcertRequest,
  type CancelConcertResponse,
  CancelConcertResponseSchema,
} from '@ticketing/contracts/gen/ticketing/concert/v1/organiser_pb';
import { lockOwnConcert } from '../access/owner.ts';
import type { CatalogueWriter, Context } from '../context.ts';
import { cancelPerformances } from '../performances/cancel-performances.ts';
import { performancesOf } from '../performances/own-performance.ts';
import { concertNotFound } from './refusals.ts';

/**
 * Cancels a concert with all its performances that have not begun, once for each Idempotency-Key; those that have taken place stay as they are.
 * A concert that is cancelled already stays so and is no error. Refuses with `concert-not-found`, also for a concert of somebody else,
 * `concert-not-published` for a draft, or `idempotency-key-reused`.
 */
export async function cancelConcert(
  ctx: CatalogueWriter & Pick<Context, 'sidecar'>,
  request: CancelConcertRequest,
): Promise<MessageInitShape<typeof CancelConcertResponseSchema>> {
  const actor = actorOf(request);
  const { concertId, idempotencyKey: key } = request;
  const once = { userId: actor.userId, operation: 'cancel-concert', key, body: { concertId } };
  const answer = await answerKeyed(ctx, once, CancelConcertResponseSchema, (record) =>
    ctx.db.transaction<CancelConcertResponse>(async (tx) => {
      const refusal = await cancel(tx, actor, concertId);
      if (refusal) return create(CancelConcertResponseSchema, { result: refusalResult(refusal) });
      const performances = await performancesOf(tx, concertId);
      const performanceIds = performances.filter(({ status }) => status === 'CANCELLED').map(({ id }) => idFromBinary(id));
      const cancelled = create(CancelConcertResponseSchema, { result: { case: 'cancelled', value: { concertId, performanceIds } } });
      await record(tx, cancelled);
      return cancelled;
    }),
  );
  if (isRefusal(answer)) return { result: refusalResult(answer) };
  if (answer.result.case === 'cancelled') ctx.changed(concertId);
  return answer;
}

async function cancel(tx: Queryable, actor: Actor, concertId: string): Promise<Refusal | undefined> {
  const concert = await lockOwnConcert(tx, actor, concertId);
  if (!concert) return concertNotFound();
  if (concert.state === 'DRAFT') return refuse('concert-not-published', 'The concert is a draft, of which nobody knows.');
  if (concert.state === 'CANCELLED') return undefined;
  const [clock] = await tx.query<{ now: Date }>('SELECT UTC_TIMESTAMP(3) AS now');
  const now = clock?.now ?? new Date();
  const ahead = (await performancesOf(tx, concertId)).filter(({ startsAt }) => startsAt > now);
  await cancelPerformances(tx, concert, ahead, { wholly: true });
  const change = { before: { state: concert.state }, after: { state: 'CANCELLED' } };
  await recordAudit(tx, { actorId: actor.userId, action: 'concert.cancel', subject: concertId, ...change });
  return undefined;
}
