import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { actorOf } from '@ticketing/common/actor';
import { answerKeyed } from '@ticketing/common/answer-keyed';
import { recordAudit } from '@ticketing/common/audit';
import { idToBinary, type Queryable } from '@ticketing/common/database';
import { isRefusal, type Refusal, refusalResult } from '@ticketing/common/refusal';
import type { Actor } from '@ticketing/contracts/gen/ticketing/common/v1/actor_pb';
import {
  type PublishConcertRequest,
  type PublishConcertResponse,
  PublishConcertResponseSchema,
} from '@ticketing/contracts/gen/ticketing/concert/v1/organiser_pb';
import { lockOwnConcert } from '../access/owner.ts';
import type { CatalogueWriter, Context } from '../context.ts';
import { type ListedConcert, loadConcert, toConcertMessage } from './listed-concert.ts';
import { recordChange } from './record-change.ts';
import { concertCancelled, concertNotFound } from './refusals.ts';

/**
 * Makes a draft public, once for each Idempotency-Key. A concert that is public already stays so and is no error. Refuses with
 * `concert-not-found`, also for a concert of somebody else, `concert-cancelled` or `idempotency-key-reused`.
 */
export async function publishDraft(
  ctx: CatalogueWriter & Pick<Context, 'sidecar'>,
  request: PublishConcertRequest,
): Promise<MessageInitShape<typeof PublishConcertResponseSchema>> {
  const actor = actorOf(request);
  const { concertId, idempotencyKey: key } = request;
  const once = { userId: actor.userId, operation: 'publish-concert', key, body: { concertId } };
  const answer = await answerKeyed(ctx, once, PublishConcertResponseSchema, (record) =>
    ctx.db.transaction<PublishConcertResponse>(async (tx) => {
      const concert = await publish(tx, actor, concertId);
      if (isRefusal(concert)) return create(PublishConcertResponseSchema, { result: refusalResult(concert) });
      const value = toConcertMessage(concert, new Date());
      const published = create(PublishConcertResponseSchema, { result: { case: 'concert', value } });
      await record(tx, published);
      return published;
    }),
  );
  if (isRefusal(answer)) return { result: refusalResult(answer) };
  if (answer.result.case === 'concert') ctx.changed(concertId);
  return answer;
}

async function publish(tx: Queryable, actor: Actor, concertId: string): Promise<ListedConcert | Refusal> {
  const before = await lockOwnConcert(tx, actor, concertId);
  if (!before) return concertNotFound();
  if (before.state === 'CANCELLED') return concertCancelled();
  if (before.state === 'PUBLISHED') return before;
  await tx.execute("UPDATE concerts SET state = 'PUBLISHED', version = version + 1, changed_at = UTC_TIMESTAMP(3) WHERE id = ?", [
    idToBinary(concertId),
  ]);
  const change = { before: { state: 'DRAFT' }, after: { state: 'PUBLISHED' } };
  await recordAudit(tx, { actorId: actor.userId, action: 'concert.publish', subject: concertId, ...change });
  const concert = await loadConcert(tx, concertId);
  if (!concert) throw new Error('the concert that was just changed is not there');
  await recordChange(tx, 'concert.created', concert);
  return concert;
}
