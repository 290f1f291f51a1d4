import type { MessageInitShape } from '@bufbuild/protobuf';
import { idToBinary } from '@ticketing/common/database';
import { refusalResult } from '@ticketing/common/refusal';
import type { UpdateUserRequest, UpdateUserResponseSchema } from '@ticketing/contracts/gen/ticketing/user/v1/user_pb';
import { toLocale } from '@ticketing/contracts/locales';
import type { Context } from '../context.ts';
import { findAccount } from '../db/account.ts';
import { noSuchUser, toUser } from './to-user.ts';

/** Changes what is given of the name and the language. Refuses with `user-not-found`. */
export async function updateUser(
  { db }: Pick<Context, 'db'>,
  { userId, name, locale }: UpdateUserRequest,
): Promise<MessageInitShape<typeof UpdateUserResponseSchema>> {
  await db.execute('UPDATE accounts SET name = COALESCE(?, name), locale = COALESCE(?, locale) WHERE id = ? AND deleted_at IS NULL', [
    name ?? null,
    locale === undefined ? null : toLocale(locale),
    idToBinary(userId),
  ]);
  const account = await findAccount(db, userId);
  return { result: account ? { case: 'user', value: toUser(account) } : refusalResult(noSuchUser) };
}
