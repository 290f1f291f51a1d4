import type { MessageInitShape } from '@bufbuild/protobuf';
import { idToBinary, isDuplicateKey, newId } from '@ticketing/common/database';
import { addEvent } from '@ticketing/common/outbox';
import { refusalResult, refuse } from '@ticketing/common/refusal';
import { canonicalEmail, shownEmail } from '@ticketing/contracts/email-address';
import type { SignUpRequest, SignUpResponseSchema } from '@ticketing/contracts/gen/ticketing/user/v1/user_pb';
import { toLocale } from '@ticketing/contracts/locales';
import type { Context } from '../context.ts';
import { hashPassword } from '../passwords/password-hash.ts';
import { tooBusy } from '../passwords/too-busy.ts';
import { sendProof } from '../proofs/address-proofs.ts';

/**
 * Makes an account with the role `fan`, and sends a token to its address. Refuses with `invalid-request`; with `email-taken`, the unique key on the address decides; or when
 * too many passwords are hashed.
 */
export async function signUp(ctx: Context, request: SignUpRequest): Promise<MessageInitShape<typeof SignUpResponseSchema>> {
  const email = canonicalEmail(request.email);
  if (email === undefined) return { result: refusalResult(refuse('invalid-request', 'That is no e-mail address.')) };
  const id = newId();
  const locale = toLocale(request.locale);
  const passwordHash = await ctx.hashLine.run(request.clientAddress, () => hashPassword(request.password));
  if (passwordHash === undefined) return { result: refusalResult(tooBusy) };
  try {
    await ctx.db.transaction(async (tx) => {
      await tx.execute('INSERT INTO accounts (id, email, name, password_hash, roles, locale) VALUES (?, ?, ?, ?, ?, ?)', [
        ...[idToBinary(id), email, request.name, passwordHash],
        ...['fan', locale],
      ]);
      await sendProof(tx, { id: idToBinary(id), locale }, 'VERIFY', email);
      await addEvent(tx, 'user.registered', id, { userId: id });
    });
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
    return { result: refusalResult(refuse('email-taken', 'There is an account with this address already.')) };
  }
  ctx.outbox.wake();
  return { result: { case: 'user', value: { id, email: shownEmail(email), name: request.name, roles: ['fan'], locale } } };
}
