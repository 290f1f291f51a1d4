import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { actorOf } from '@ticketing/common/actor';
import { answerKeyed } from '@ticketing/common/answer-keyed';
import { recordAudit } from '@ticketing/common/audit';
import { isRefusal, refusalResult, refuse } from '@ticketing/common/refusal';
import { type AuthorizeRequest, AuthorizeResponseSchema } from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { ownsConcert } from './owner.ts';

const values = z.record(z.string(), z.unknown()).nullable();

/**
 * Says whether somebody may see or change what belongs to a concert, or to the shop, and writes a change into the audit.
 * Refuses with `concert-not-found`, `forbidden` or `idempotency-key-reused`.
 */
export async function authorize(
  ctx: Pick<Context, 'db' | 'sidecar'>,
  request: AuthorizeRequest,
): Promise<MessageInitShape<typeof AuthorizeResponseSchema>> {
  const actor = actorOf(request);
  const { concertId, change } = request;
  if (concertId === '' && !actor.operator) return { refusal: refusalResult(refuse('forbidden', 'Only operators may do this.')).value };
  if (concertId !== '' && !(await ownsConcert(ctx.db, actor, concertId))) {
    return { refusal: refusalResult(refuse('concert-not-found', 'There is no such concert.')).value };
  }
  if (!change) return {};
  const { action, subject, beforeJson, afterJson, idempotencyKey: key } = change;
  const before = values.parse(JSON.parse(beforeJson));
  const after = values.parse(JSON.parse(afterJson));
  const once = { userId: actor.userId, operation: action, key, body: { concertId, subject } };
  const answer = await answerKeyed(ctx, once, AuthorizeResponseSchema, async (record) => {
    const authorized = create(AuthorizeResponseSchema);
    await ctx.db.transaction(async (tx) => {
      await recordAudit(tx, { actorId: actor.userId, action, subject, before, after });
      await record(tx, authorized);
    });
    return authorized;
  });
  return isRefusal(answer) ? { refusal: refusalResult(answer).value } : answer;
}
