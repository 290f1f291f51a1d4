import type { MessageInitShape } from '@bufbuild/protobuf';
import { refusalResult, refuse } from '@ticketing/common/refusal';
import { canonicalEmail } from '@ticketing/contracts/email-address';
import type { LogInRequest, LogInResponseSchema } from '@ticketing/contracts/gen/ticketing/user/v1/user_pb';
import type { Context } from '../context.ts';
import { findAccountOf, lockAccount } from '../db/account.ts';
import { checkPassword } from '../passwords/check-password.ts';
import { hashPassword } from '../passwords/password-hash.ts';
import { signAccessToken } from './access-token.ts';
import { addSession } from './sessions.ts';

// Verified in place of a missing account's hash, so that an unknown address takes as long as a wrong password.
const decoyHash = hashPassword('nobody has this password');

const wrong = refuse('invalid-credentials', 'Address or password is wrong.');

/**
 * Checks the password, begins a session and signs its first access token. Refuses with `invalid-credentials`, whatever was wrong, or when
 * too much is tried.
 */
export async function logIn(ctx: Context, request: LogInRequest): Promise<MessageInitShape<typeof LogInResponseSchema>> {
  const { password, clientAddress } = request;
  // What is no address is nobody's, and is counted like the address of nobody.
  const email = canonicalEmail(request.email) ?? '';
  const found = await findAccountOf(ctx.db, email);
  const passwordHash = found?.passwordHash ?? (await decoyHash);
  const refusal = await checkPassword(ctx, { email, passwordHash, password, clientAddress }, wrong);
  if (!found || refusal) return { result: refusalResult(refusal ?? wrong) };
  const begun = await ctx.db.transaction(async (tx) => {
    const account = await lockAccount(tx, found.id);
    // A password that was changed meanwhile has ended all sessions: this one must not begin after that.
    if (account?.passwordHash !== found.passwordHash) return undefined;
    return { account, session: await addSession(tx, account) };
  });
  if (!begun) return { result: refusalResult(wrong) };
  return { result: { case: 'session', value: await signAccessToken(ctx, begun.account, begun.session) } };
}
