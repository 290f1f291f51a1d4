import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { hash, verify } from '@node-rs/argon2';
import { idFromBinary } from '@ticketing/common/database';
import { refusalResult, refuse } from '@ticketing/common/refusal';
import type { LogInRequest, LogInResponseSchema } from '@ticketing/contracts/gen/ticketing/user/v1/user_pb';
import type { Context } from '../context.ts';
import { account } from '../db/account.ts';

// Verified in place of a missing account's hash, so that an unknown address takes as long as a wrong password.
const decoyHash = hash('nobody has this password');

/** Checks the password and signs an access token. Refuses with `invalid-credentials`, whatever was wrong. */
export async function logIn(ctx: Context, { email, password }: LogInRequest): Promise<MessageInitShape<typeof LogInResponseSchema>> {
  const found = await ctx.db.source.getRepository(account).findOneBy({ email: email.toLowerCase() });
  const matches = await verify(found?.passwordHash ?? (await decoyHash), password);
  if (!found || !matches) return { result: refusalResult(refuse('invalid-credentials', 'Address or password is wrong.')) };

  const expiresAt = new Date(Date.now() + ctx.config.ACCESS_TOKEN_SECONDS * 1_000);
  const accessToken = await ctx.keys.sign(
    { sub: idFromBinary(found.id), roles: found.roles },
    { issuer: 'ticketing-user', audience: 'ticketing', expiresAt },
  );
  return { result: { case: 'session', value: { accessToken, expiresAt: timestampFromDate(expiresAt) } } };
}
