import type { MessageInitShape } from '@bufbuild/protobuf';
import { refusalResult } from '@ticketing/common/refusal';
import type { GetUserRequest, GetUserResponseSchema } from '@ticketing/contracts/gen/ticketing/user/v1/user_pb';
import type { Context } from '../context.ts';
import { findAccount } from '../db/account.ts';
import { noSuchUser, toUser } from './to-user.ts';

/** Refuses with `user-not-found`, also for an account that was deleted. */
export async function getUser(
  { db }: Pick<Context, 'db'>,
  { userId }: GetUserRequest,
): Promise<MessageInitShape<typeof GetUserResponseSchema>> {
  const found = await findAccount(db, userId);
  return { result: found ? { case: 'user', value: toUser(found) } : refusalResult(noSuchUser) };
}
