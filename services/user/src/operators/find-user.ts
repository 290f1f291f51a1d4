import type { MessageInitShape } from '@bufbuild/protobuf';
import { canonicalEmail } from '@ticketing/contracts/email-address';
import type { FindUserRequest, FindUserResponseSchema } from '@ticketing/contracts/gen/ticketing/user/v1/user_pb';
import { toUser } from '../accounts/to-user.ts';
import type { Context } from '../context.ts';
import { findAccountOf } from '../db/account.ts';

/** The account of an address, however the address is written. */
export async function findUser(
  { db }: Pick<Context, 'db'>,
  { email }: FindUserRequest,
): Promise<MessageInitShape<typeof FindUserResponseSchema>> {
  const address = canonicalEmail(email);
  const account = address === undefined ? undefined : await findAccountOf(db, address);
  return account ? { user: toUser(account) } : {};
}
