import type { MessageInitShape } from '@bufbuild/protobuf';
import { idToBinary } from '@ticketing/common/database';
import type { EndSessionRequest, EndSessionResponseSchema } from '@ticketing/contracts/gen/ticketing/user/v1/user_pb';
import type { Context } from '../context.ts';

/** Ends a session, once; there is nothing to refuse. */
export async function endSession(
  { db }: Pick<Context, 'db'>,
  { userId, sessionId }: EndSessionRequest,
): Promise<MessageInitShape<typeof EndSessionResponseSchema>> {
  await db.execute('UPDATE sessions SET ended_at = UTC_TIMESTAMP(3) WHERE id = ? AND account_id = ? AND ended_at IS NULL', [
    idToBinary(sessionId),
    idToBinary(userId),
  ]);
  return {};
}
