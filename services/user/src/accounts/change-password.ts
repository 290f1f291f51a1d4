import type { MessageInitShape } from '@bufbuild/protobuf';
import { newId, type Queryable } from '@ticketing/common/database';
import type { ChangePasswordRequest, ChangePasswordResponseSchema } from '@ticketing/contracts/gen/ticketing/user/v1/user_pb';
import type { Context } from '../context.ts';
import { type Account, findAccount } from '../db/account.ts';
import { addMail } from '../mails/add-mail.ts';
import { checkPassword, wrongPassword } from '../passwords/check-password.ts';
import { hashPassword } from '../passwords/password-hash.ts';
import { tooBusy } from '../passwords/too-busy.ts';
import { endProofs } from '../proofs/address-proofs.ts';
import { endSessionsOf } from '../sessions/sessions.ts';
import { noSuchUser } from './to-user.ts';

/**
 * Sets a new password and ends all sessions but the one that asks. Refuses with `user-not-found`, with `wrong-password`, or when too much is
 * tried or hashed. Of several at once with the same current password, one wins.
 */
export async function changePassword(
  ctx: Pick<Context, 'db' | 'hashLine' | 'failedAttempts'>,
  { userId, sessionId, current, next, clientAddress }: ChangePasswordRequest,
): Promise<MessageInitShape<typeof ChangePasswordResponseSchema>> {
  const account = await findAccount(ctx.db, userId);
  if (!account) return { refusal: noSuchUser };
  const refusal = await checkPassword(ctx, { ...account, password: current, clientAddress }, wrongPassword);
  if (refusal) return { refusal };
  const passwordHash = await ctx.hashLine.run(clientAddress, () => hashPassword(next));
  if (passwordHash === undefined) return { refusal: tooBusy };
  const isDone = await ctx.db.transaction(async (tx) => {
    if (!(await replacePassword(tx, account, passwordHash))) return false;
    await endProofs(tx, account.id, ['RESET', 'CHANGE']);
    const [now] = await tx.query<{ email: string }>('SELECT email FROM accounts WHERE id = ?', [account.id]);
    await addMail(tx, {
      ...{ id: newId(), kind: 'password-changed', data: {} },
      ...{ accountId: userId, address: now?.email ?? account.email, locale: account.locale },
    });
    await endSessionsOf(tx, account.id, sessionId === '' ? undefined : sessionId);
    return true;
  });
  return isDone ? {} : { refusal: wrongPassword };
}

/** @returns false when the password is not the one that was checked any more */
async function replacePassword(tx: Queryable, { id, passwordHash: checked }: Account, passwordHash: string): Promise<boolean> {
  const count = await tx.execute('UPDATE accounts SET password_hash = ? WHERE id = ? AND password_hash = ? AND deleted_at IS NULL', [
    ...[passwordHash, id, checked],
  ]);
  return count === 1;
}
