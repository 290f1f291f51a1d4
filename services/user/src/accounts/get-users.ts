import type { MessageInitShape } from '@bufbuild/protobuf';
import { idFromBinary, idToBinary } from '@ticketing/common/database';
import { shownEmail } from '@ticketing/contracts/email-address';
import type { GetUsersRequest, GetUsersResponseSchema } from '@ticketing/contracts/gen/ticketing/user/v1/user_pb';
import { In } from 'typeorm';
import type { Context } from '../context.ts';
import { account } from '../db/account.ts';

const mostUsers = 500;

/** Names accounts; ids that are unknown are left out. @throws Error for too many */
export async function getUsers(
  ctx: Pick<Context, 'db'>,
  { userIds }: GetUsersRequest,
): Promise<MessageInitShape<typeof GetUsersResponseSchema>> {
  if (userIds.length > mostUsers) throw new Error(`${userIds.length} accounts were asked for, ${mostUsers} are the most`);
  if (userIds.length === 0) return { items: [] };
  const found = await ctx.db.source.getRepository(account).findBy({ id: In(userIds.map(idToBinary)) });
  return { items: found.map(({ id, email, name, roles }) => ({ id: idFromBinary(id), email: shownEmail(email), name, roles })) };
}
