import type { MessageInitShape } from '@bufbuild/protobuf';
import { idFromBinary, newId, type Queryable } from '@ticketing/common/database';
import { refuse } from '@ticketing/common/refusal';
import type { ResetPasswordRequest, ResetPasswordResponseSchema } from '@ticketing/contracts/gen/ticketing/user/v1/user_pb';
import type { Context } from '../context.ts';
import { lockAccount } from '../db/account.ts';
import { addMail } from '../mails/add-mail.ts';
import { hashPassword } from '../passwords/password-hash.ts';
import { tooBusy } from '../passwords/too-busy.ts';
import { endSessionsOf } from '../sessions/sessions.ts';
import { endProofs, findProof, type Proof, spendProof } from './address-proofs.ts';

const gone = refuse('reset-gone', 'The token was used, is too old, or another one was sent after it.');

/** Sets a new password by a token that was sent, and ends all sessions. Refuses with `reset-gone`, or when too much is hashed. */
export async function resetPassword(
  { db, hashLine }: Pick<Context, 'db' | 'hashLine'>,
  { token, password, clientAddress }: ResetPasswordRequest,
): Promise<MessageInitShape<typeof ResetPasswordResponseSchema>> {
  // Nothing is hashed for a token that is no good.
  const proof = await findProof(db, token, ['RESET']);
  if (!proof) return { refusal: gone };
  const passwordHash = await hashLine.run(clientAddress, () => hashPassword(password));
  if (passwordHash === undefined) return { refusal: tooBusy };
  return (await db.transaction((tx) => setPassword(tx, proof, token, passwordHash))) ? {} : { refusal: gone };
}

async function setPassword(tx: Queryable, { accountId, address }: Proof, token: string, passwordHash: string): Promise<boolean> {
  const account = await lockAccount(tx, accountId);
  if (account?.email !== address || !(await spendProof(tx, token))) return false;
  // Who has read the mail has shown that the address is theirs.
  await tx.execute('UPDATE accounts SET password_hash = ?, verified_at = COALESCE(verified_at, UTC_TIMESTAMP(3)) WHERE id = ?', [
    passwordHash,
    accountId,
  ]);
  await endProofs(tx, accountId, ['RESET', 'CHANGE']);
  await addMail(tx, {
    ...{ id: newId(), kind: 'password-changed', data: {} },
    ...{ accountId: idFromBinary(accountId), address, locale: account.locale },
  });
  await endSessionsOf(tx, accountId);
  return true;
}
