import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { isRefusal, refusalResult } from '@ticketing/common/refusal';
import type { GetLivePassesRequest, GetLivePassesResponseSchema } from '@ticketing/contracts/gen/ticketing/queue/v1/queue_pb';
import type { Context } from '../context.ts';

// What is known of a room may be this old.
const staleMs = 1_000;

/** The places whose passes are good. Refuses with `concert-not-found` or `waiting-room-lost`. */
export async function getLivePasses(
  ctx: Context,
  { concertId }: GetLivePassesRequest,
): Promise<MessageInitShape<typeof GetLivePassesResponseSchema>> {
  const room = await ctx.rooms.look(concertId);
  const now = ctx.clock();
  if (isRefusal(room)) {
    if (room.code !== 'room-not-found') return { result: refusalResult(room) };
    return { result: { case: 'passes', value: { positions: [], asOf: timestampFromMs(now - staleMs) } } };
  }
  const { passes } = await ctx.counters.get(room);
  const positions = [...passes.at(now)].map(([position]) => position);
  return { result: { case: 'passes', value: { positions, asOf: timestampFromMs(now - staleMs), epoch: room.epoch } } };
}
