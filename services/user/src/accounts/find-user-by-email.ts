import type { MessageInitShape } from '@bufbuild/protobuf';
import { idFromBinary } from '@ticketing/common/database';
import { refusalResult, refuse } from '@ticketing/common/refusal';
import { canonicalEmail, shownEmail } from '@ticketing/contracts/email-address';
import type { FindUserByEmailRequest, FindUserByEmailResponseSchema } from '@ticketing/contracts/gen/ticketing/user/v1/user_pb';
import type { Context } from '../context.ts';
import { account } from '../db/account.ts';

/** The account with this address, in whatever way it is written. Refuses with `user-not-found`. */
export async function findUserByEmail(
  ctx: Pick<Context, 'db'>,
  request: FindUserByEmailRequest,
): Promise<MessageInitShape<typeof FindUserByEmailResponseSchema>> {
  const email = canonicalEmail(request.email);
  const found = email === undefined ? null : await ctx.db.source.getRepository(account).findOneBy({ email });
  if (!found) return { result: refusalResult(refuse('user-not-found', 'There is no such account.')) };
  const { id, name, roles } = found;
  return { result: { case: 'user', value: { id: idFromBinary(id), email: shownEmail(found.email), name, roles } } };
}
