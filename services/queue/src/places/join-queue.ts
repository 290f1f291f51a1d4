import type { MessageInitShape } from '@bufbuild/protobuf';
import { isRefusal, refusalResult, refuse } from '@ticketing/common/refusal';
import type { JoinQueueRequest, JoinQueueResponseSchema } from '@ticketing/contracts/gen/ticketing/queue/v1/queue_pb';
import type { Context } from '../context.ts';
import { describePlace } from './describe-place.ts';
import { visitPlace } from './visit-place.ts';

const notVerified = refuse('address-not-verified', 'Verify your e-mail address, refresh your session, and join then.');

/**
 * Takes a place. Joining again returns the same place, until it was left or its pass has ended; then it gives a new one at the end of
 * the line. Refuses with `concert-not-found`, `room-closed` or `waiting-room-lost`; with `address-not-verified` where a setting asks for it.
 */
export async function joinQueue(
  ctx: Context,
  { concertId, userId, verified }: JoinQueueRequest,
): Promise<MessageInitShape<typeof JoinQueueResponseSchema>> {
  if (!verified && ctx.settings.get('queue.verified-only') >= 1) return { result: refusalResult(notVerified) };
  const joined = await ctx.joinRoom(concertId, userId);
  if (isRefusal(joined)) return { result: refusalResult(joined) };
  const { room, place, created, departures } = joined;
  const visit = await visitPlace(ctx, room, userId, place, await ctx.counters.get(room));
  const token = { ...(await describePlace(ctx, room, userId, visit)), departures };
  return { result: { case: 'token', value: token }, created };
}
