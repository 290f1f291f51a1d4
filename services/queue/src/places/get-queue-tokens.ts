import type { MessageInitShape } from '@bufbuild/protobuf';
import { isRefusal } from '@ticketing/common/refusal';
import type { GetQueueTokensRequest, GetQueueTokensResponseSchema } from '@ticketing/contracts/gen/ticketing/queue/v1/queue_pb';
import type { Context } from '../context.ts';
import { describePlace } from './describe-place.ts';
import { findVisit } from './visit-place.ts';

/** The standings of several people, for the gateway, which watches for them. People without a place are left out; a missing room has none. */
export async function getQueueTokens(
  ctx: Context,
  { concertId, userIds }: GetQueueTokensRequest,
): Promise<MessageInitShape<typeof GetQueueTokensResponseSchema>> {
  const room = await ctx.rooms.look(concertId);
  if (isRefusal(room)) return { items: [] };
  const items = await Promise.all(
    userIds.map(async (userId) => {
      const visit = await findVisit(ctx, room, userId);
      return visit ? [{ userId, token: await describePlace(ctx, room, userId, visit) }] : [];
    }),
  );
  return { items: items.flat() };
}
