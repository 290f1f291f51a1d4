import type { MessageInitShape } from '@bufbuild/protobuf';
import { refusalResult, refuse } from '@ticketing/common/refusal';
import type { RefreshSessionRequest, RefreshSessionResponseSchema } from '@ticketing/contracts/gen/ticketing/user/v1/user_pb';
import type { Context } from '../context.ts';
import { findAccount } from '../db/account.ts';
import { signAccessToken } from './access-token.ts';
import { findSession } from './sessions.ts';

/** Signs another access token of the same session, with the roles of now. Refuses with `session-ended`. */
export async function refreshSession(
  ctx: Pick<Context, 'db' | 'keys' | 'config'>,
  { userId, sessionId }: RefreshSessionRequest,
): Promise<MessageInitShape<typeof RefreshSessionResponseSchema>> {
  const account = await findAccount(ctx.db, userId);
  const session = account && (await findSession(ctx.db, account.id, sessionId));
  if (!session) return { result: refusalResult(refuse('session-ended', 'The session has ended; log in again.')) };
  return { result: { case: 'session', value: await signAccessToken(ctx, account, session) } };
}
