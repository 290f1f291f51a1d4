import type { MessageInitShape } from '@bufbuild/protobuf';
import { idFromBinary, isDuplicateKey, newId, type Queryable } from '@ticketing/common/database';
import { refuse } from '@ticketing/common/refusal';
import type { VerifyEmailRequest, VerifyEmailResponseSchema } from '@ticketing/contracts/gen/ticketing/user/v1/user_pb';
import type { Context } from '../context.ts';
import { type Account, lockAccount } from '../db/account.ts';
import { addMail } from '../mails/add-mail.ts';
import { endProofs, findProof, type Proof, spendProof } from './address-proofs.ts';

const gone = refuse('verification-gone', 'The token was used, is too old, or another one was sent after it.');
const belongsToOther = refuse('verification-gone', 'The address belongs to another account by now.');

/**
 * Notes that an address is its owner's, and gives it to the account if the account has another one. Refuses with `verification-gone`, also
 * when somebody else has the address by now; the unique key decides.
 */
export async function verifyEmail(
  { db }: Pick<Context, 'db'>,
  { token }: VerifyEmailRequest,
): Promise<MessageInitShape<typeof VerifyEmailResponseSchema>> {
  const proof = await findProof(db, token, ['VERIFY', 'CHANGE']);
  if (!proof) return { refusal: gone };
  try {
    return (await db.transaction((tx) => verify(tx, proof, token))) ? {} : { refusal: gone };
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
    return { refusal: belongsToOther };
  }
}

async function verify(tx: Queryable, { accountId, purpose, address }: Proof, token: string): Promise<boolean> {
  const account = await lockAccount(tx, accountId);
  if (!account || !(await spendProof(tx, token))) return false;
  if (address !== account.email) {
    if (purpose !== 'CHANGE') return false;
    await moveTo(tx, account, address);
  }
  await tx.execute('UPDATE accounts SET verified_at = COALESCE(verified_at, UTC_TIMESTAMP(3)) WHERE id = ?', [accountId]);
  return true;
}

/** What was sent to the address before opens nothing any more. */
async function moveTo(tx: Queryable, { id, email, locale }: Account, address: string): Promise<void> {
  await tx.execute('UPDATE accounts SET email = ?, verified_at = UTC_TIMESTAMP(3) WHERE id = ?', [address, id]);
  await endProofs(tx, id, ['RESET', 'VERIFY', 'CHANGE']);
  await addMail(tx, {
    ...{ id: newId(), kind: 'address-changed', data: {} },
    ...{ accountId: idFromBinary(id), address: email, locale },
  });
}
