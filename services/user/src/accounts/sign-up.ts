import type { MessageInitShape } from '@bufbuild/protobuf';
import { hash } from '@node-rs/argon2';
import { idToBinary, isDuplicateKey, newId } from '@ticketing/common/database';
import { addEvent } from '@ticketing/common/outbox';
import { refusalResult, refuse } from '@ticketing/common/refusal';
import type { SignUpRequest, SignUpResponseSchema } from '@ticketing/contracts/gen/ticketing/user/v1/user_pb';
import type { Context } from '../context.ts';
import { tooBusy } from '../passwords/too-busy.ts';

/** Makes an account with the role `fan`. Refuses with `email-taken`, the unique key on the address decides; or when too many passwords are hashed. */
export async function signUp(ctx: Context, request: SignUpRequest): Promise<MessageInitShape<typeof SignUpResponseSchema>> {
  const id = newId();
  const email = request.email.toLowerCase();
  const passwordHash = await ctx.hashLine.run(request.clientAddress, () => hash(request.password));
  if (passwordHash === undefined) return { result: refusalResult(tooBusy) };
  try {
    await ctx.db.transaction(async (tx) => {
      await tx.execute('INSERT INTO accounts (id, email, name, password_hash, roles) VALUES (?, ?, ?, ?, ?)', [
        idToBinary(id),
        email,
        request.name,
        passwordHash,
        'fan',
      ]);
      await addEvent(tx, 'user.registered', id, { userId: id });
    });
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
    return { result: refusalResult(refuse('email-taken', 'There is an account with this address already.')) };
  }
  ctx.outbox.wake();
  return { result: { case: 'user', value: { id, email, name: request.name, roles: ['fan'] } } };
}
