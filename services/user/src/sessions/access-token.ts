import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { idFromBinary } from '@ticketing/common/database';
import type { SessionSchema } from '@ticketing/contracts/gen/ticketing/user/v1/user_pb';
import type { Context } from '../context.ts';
import type { Account } from '../db/account.ts';
import type { SessionRow } from './sessions.ts';

/** Signs an access token of a session, which ends with the session at the latest. */
export async function signAccessToken(
  { keys, config }: Pick<Context, 'keys' | 'config'>,
  { id, roles, verified }: Pick<Account, 'id' | 'roles' | 'verified'>,
  session: SessionRow,
): Promise<MessageInitShape<typeof SessionSchema>> {
  const expiresAt = new Date(Math.min(Date.now() + config.ACCESS_TOKEN_SECONDS * 1_000, session.endsAt.getTime()));
  const accessToken = await keys.sign(
    { sub: idFromBinary(id), sid: session.id, roles, verified },
    { issuer: 'ticketing-user', audience: 'ticketing', expiresAt },
  );
  return { accessToken, expiresAt: timestampFromDate(expiresAt) };
}
