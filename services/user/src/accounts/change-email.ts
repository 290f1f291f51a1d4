import type { MessageInitShape } from '@bufbuild/protobuf';
import { refuse } from '@ticketing/common/refusal';
import { canonicalEmail } from '@ticketing/contracts/email-address';
import type { ChangeEmailRequest, ChangeEmailResponseSchema } from '@ticketing/contracts/gen/ticketing/user/v1/user_pb';
import type { Context } from '../context.ts';
import { findAccount, lockAccount } from '../db/account.ts';
import { checkPassword, wrongPassword } from '../passwords/check-password.ts';
import { renewProof } from '../proofs/address-proofs.ts';
import { noSuchUser } from './to-user.ts';

const tooMany = refuse('too-many-mails', 'Too many mails were sent; come again in an hour.');

/**
 * Sends a token to an address that the account is to have. Whether the address is somebody else's is not looked at here, so that nothing
 * tells it. Refuses with `user-not-found`, `invalid-request`, `wrong-password` or `too-many-mails`, or when too much is tried.
 */
export async function changeEmail(
  ctx: Pick<Context, 'db' | 'hashLine' | 'failedAttempts'>,
  { userId, email, password, clientAddress }: ChangeEmailRequest,
): Promise<MessageInitShape<typeof ChangeEmailResponseSchema>> {
  const address = canonicalEmail(email);
  if (address === undefined) return { refusal: refuse('invalid-request', 'That is no e-mail address.') };
  const found = await findAccount(ctx.db, userId);
  if (!found) return { refusal: noSuchUser };
  const refusal = await checkPassword(ctx, { ...found, password, clientAddress }, wrongPassword);
  if (refusal) return { refusal };
  const outcome = await ctx.db.transaction(async (tx) => {
    const account = await lockAccount(tx, found.id);
    // A password that was changed meanwhile has ended what was begun with the one before.
    if (account?.passwordHash !== found.passwordHash) return wrongPassword;
    return (await renewProof(tx, account, 'CHANGE', address)) ? undefined : tooMany;
  });
  return outcome ? { refusal: outcome } : {};
}
