import type { MessageInitShape } from '@bufbuild/protobuf';
import { idToBinary } from '@ticketing/common/database';
import { refusalResult, refuse } from '@ticketing/common/refusal';
import { shownEmail } from '@ticketing/contracts/email-address';
import type { GetUserRequest, GetUserResponseSchema } from '@ticketing/contracts/gen/ticketing/user/v1/user_pb';
import type { Context } from '../context.ts';
import { account } from '../db/account.ts';

/** Refuses with `user-not-found`. */
export async function getUser(ctx: Context, { userId }: GetUserRequest): Promise<MessageInitShape<typeof GetUserResponseSchema>> {
  const found = await ctx.db.source.getRepository(account).findOneBy({ id: idToBinary(userId) });
  if (!found) return { result: refusalResult(refuse('user-not-found', 'There is no such account.')) };
  return { result: { case: 'user', value: { id: userId, email: shownEmail(found.email), name: found.name, roles: found.roles } } };
}
