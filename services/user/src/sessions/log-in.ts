import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { idFromBinary } from '@ticketing/common/database';
import { type Refusal, refusalResult, refuse } from '@ticketing/common/refusal';
import { canonicalEmail } from '@ticketing/contracts/email-address';
import type { LogInRequest, LogInResponseSchema } from '@ticketing/contracts/gen/ticketing/user/v1/user_pb';
import type { Context } from '../context.ts';
import { account } from '../db/account.ts';
import { hashPassword, isPassword } from '../passwords/password-hash.ts';
import { tooBusy } from '../passwords/too-busy.ts';

// Verified in place of a missing account's hash, so that an unknown address takes as long as a wrong password.
const decoyHash = hashPassword('nobody has this password');

const wrong = refuse('invalid-credentials', 'Address or password is wrong.');
const tooMany = refuse('too-many-attempts', 'Too many wrong passwords came from your network; wait a little.');

/** Checks the password and signs an access token. Refuses with `invalid-credentials`, whatever was wrong, or when too much is tried. */
export async function logIn(ctx: Context, request: LogInRequest): Promise<MessageInitShape<typeof LogInResponseSchema>> {
  // What is no address is nobody's, and is counted like the address of nobody.
  const email = canonicalEmail(request.email) ?? '';
  if (ctx.failedAttempts.tooMany(email, request.clientAddress)) return { result: refusalResult(tooMany) };
  const found = await ctx.db.source.getRepository(account).findOneBy({ email });
  const refusal = await checkPassword(ctx, email, request, found?.passwordHash ?? (await decoyHash));
  if (!found || refusal) return { result: refusalResult(refusal ?? wrong) };

  const expiresAt = new Date(Date.now() + ctx.config.ACCESS_TOKEN_SECONDS * 1_000);
  const accessToken = await ctx.keys.sign(
    { sub: idFromBinary(found.id), roles: found.roles },
    { issuer: 'ticketing-user', audience: 'ticketing', expiresAt },
  );
  return { result: { case: 'session', value: { accessToken, expiresAt: timestampFromDate(expiresAt) } } };
}

async function checkPassword(
  { hashLine, failedAttempts }: Context,
  email: string,
  { password, clientAddress }: LogInRequest,
  passwordHash: string,
): Promise<Refusal | undefined> {
  const look = async (): Promise<'right' | Refusal> => {
    // While it waited, others from there may have failed.
    if (failedAttempts.tooMany(email, clientAddress)) return tooMany;
    if (await isPassword(passwordHash, password)) return 'right';
    failedAttempts.add(email, clientAddress);
    return wrong;
  };
  const outcome = await hashLine.run(clientAddress, look);
  if (outcome === undefined) return tooBusy;
  return outcome === 'right' ? undefined : outcome;
}
