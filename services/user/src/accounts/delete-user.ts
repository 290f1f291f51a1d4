import type { MessageInitShape } from '@bufbuild/protobuf';
import { idFromBinary, type Queryable } from '@ticketing/common/database';
import { addEvent } from '@ticketing/common/outbox';
import { refuse } from '@ticketing/common/refusal';
import type { DeleteUserRequest, DeleteUserResponseSchema } from '@ticketing/contracts/gen/ticketing/user/v1/user_pb';
import type { Context } from '../context.ts';
import { type Account, findAccount } from '../db/account.ts';
import { checkPassword, wrongPassword } from '../passwords/check-password.ts';
import { endSessionsOf } from '../sessions/sessions.ts';
import { noSuchUser } from './to-user.ts';

const ticketsLive = refuse(
  'tickets-live',
  'You have tickets for performances to come. Delete the account with force, or refund them first.',
);

/**
 * Erases who an account was; its id stays, because the books name it. Refuses with `user-not-found`, `wrong-password` or `tickets-live`, or
 * when too much is tried.
 */
export async function deleteUser(
  ctx: Pick<Context, 'db' | 'hashLine' | 'failedAttempts' | 'outbox' | 'reservations'>,
  { userId, password, force, clientAddress }: DeleteUserRequest,
): Promise<MessageInitShape<typeof DeleteUserResponseSchema>> {
  const account = await findAccount(ctx.db, userId);
  if (!account) return { refusal: noSuchUser };
  const refusal = await checkPassword(ctx, { ...account, password, clientAddress }, wrongPassword);
  if (refusal) return { refusal };
  if (!force && (await ctx.reservations.countLiveTickets({ userId })).count > 0) return { refusal: ticketsLive };
  if (!(await ctx.db.transaction((tx) => erase(tx, account)))) return { refusal: wrongPassword };
  ctx.outbox.wake();
  return {};
}

/** @returns false when the password is not the one that was checked any more, or the account is gone */
async function erase(tx: Queryable, { id, passwordHash }: Account): Promise<boolean> {
  const userId = idFromBinary(id);
  const [found] = await tx.query<{ email: string }>('SELECT email FROM accounts WHERE id = ? FOR UPDATE', [id]);
  // What stands in the place of the address is none, so that nobody has it, and the address is free.
  const count = await tx.execute(
    `UPDATE accounts SET email = ?, name = '', password_hash = '', roles = '', locale = 'ko', verified_at = NULL, deleted_at = UTC_TIMESTAMP(3)
      WHERE id = ? AND password_hash = ? AND deleted_at IS NULL`,
    [`deleted:${userId}`, id, passwordHash],
  );
  if (count === 0 || !found) return false;
  await tx.execute('DELETE FROM address_proofs WHERE account_id = ?', [id]);
  await tx.execute('DELETE FROM proof_requests WHERE account_id = ?', [id]);
  await tx.execute('DELETE FROM proof_requests WHERE address = ?', [found.email]);
  await tx.execute('DELETE FROM mails WHERE account_id = ?', [id]);
  await addEvent(tx, 'user.deleted', userId, { userId });
  await endSessionsOf(tx, id);
  return true;
}
