import type { MessageInitShape } from '@bufbuild/protobuf';
import type { GetUsersRequest, GetUsersResponseSchema } from '@ticketing/contracts/gen/ticketing/user/v1/user_pb';
import type { Context } from '../context.ts';
import { findAccounts } from '../db/account.ts';
import { toUser } from './to-user.ts';

const mostUsers = 500;

/** Names accounts; ids that are unknown are left out. @throws Error for too many */
export async function getUsers(
  ctx: Pick<Context, 'db'>,
  { userIds }: GetUsersRequest,
): Promise<MessageInitShape<typeof GetUsersResponseSchema>> {
  if (userIds.length > mostUsers) throw new Error(`${userIds.length} accounts were asked for, ${mostUsers} are the most`);
  if (userIds.length === 0) return { items: [] };
  return { items: (await findAccounts(ctx.db, userIds)).map(toUser) };
}
