import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { actorOf } from '@ticketing/common/actor';
import { answerKeyed } from '@ticketing/common/answer-keyed';
import { recordAudit } from '@ticketing/common/audit';
import { idToBinary, isDuplicateKey, type Queryable } from '@ticketing/common/database';
import { isRefusal, type Refusal, refusalResult, refuse } from '@ticketing/common/refusal';
import { canonicalEmail } from '@ticketing/contracts/email-address';
import { type MendEmailRequest, MendEmailResponseSchema } from '@ticketing/contracts/gen/ticketing/user/v1/user_pb';
import { noSuchUser } from '../accounts/to-user.ts';
import type { Context } from '../context.ts';
import { lockAccount } from '../db/account.ts';
import { endProofs, sendProof } from '../proofs/address-proofs.ts';

const emailTaken = refuse('email-taken', 'There is an account with this address already.');

/**
 * Puts another address in the place of an account's, and sends a token to it. Whatever was sent before opens nothing any more. Refuses with
 * `user-not-found`, `invalid-request` or `email-taken`; the unique key decides.
 */
export async function mendEmail(
  ctx: Pick<Context, 'db'>,
  request: MendEmailRequest,
): Promise<MessageInitShape<typeof MendEmailResponseSchema>> {
  const { userId: actorId } = actorOf(request);
  const { userId, idempotencyKey: key } = request;
  const email = canonicalEmail(request.email);
  if (email === undefined) return { result: refusalResult(refuse('invalid-request', 'That is no e-mail address.')) };
  const done = create(MendEmailResponseSchema, { result: { case: 'mended', value: { userId } } });
  const keyed = { userId: actorId, operation: 'mend-email', key, body: { userId, email } };
  const answer = await answerKeyed(ctx, keyed, MendEmailResponseSchema, async (record) => {
    const refusal = await ctx.db.transaction(async (tx) => {
      const refused = await replace(tx, { actorId, userId, email });
      if (!refused) await record(tx, done);
      return refused;
    });
    return refusal ? create(MendEmailResponseSchema, { result: refusalResult(refusal) }) : done;
  });
  return isRefusal(answer) ? { result: refusalResult(answer) } : answer;
}

/** The entry in the audit has no address, because it stays when the account is deleted. */
async function replace(
  tx: Queryable,
  { actorId, userId, email }: Record<'actorId' | 'userId' | 'email', string>,
): Promise<Refusal | undefined> {
  const account = await lockAccount(tx, idToBinary(userId));
  if (!account) return noSuchUser;
  try {
    await tx.execute('UPDATE accounts SET email = ?, verified_at = NULL WHERE id = ?', [email, account.id]);
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
    return emailTaken;
  }
  await endProofs(tx, account.id, ['RESET', 'VERIFY', 'CHANGE']);
  await sendProof(tx, account, 'VERIFY', email);
  const before = { verified: account.verified };
  await recordAudit(tx, { actorId, action: 'user.email', subject: userId, before, after: { verified: false } });
  return undefined;
}
