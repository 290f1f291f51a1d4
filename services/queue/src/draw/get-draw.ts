import type { MessageInitShape } from '@bufbuild/protobuf';
import { isRefusal, refusalResult, refuse } from '@ticketing/common/refusal';
import type { GetDrawRequest, GetDrawResponseSchema } from '@ticketing/contracts/gen/ticketing/queue/v1/queue_pb';
import type { Context } from '../context.ts';
import { drawCommitment } from '../rooms/room.ts';

/** What a draw was made from. Refuses with `concert-not-found`, `waiting-room-lost` or `not-drawn-yet`. */
export async function getDraw(ctx: Context, { concertId }: GetDrawRequest): Promise<MessageInitShape<typeof GetDrawResponseSchema>> {
  const room = await ctx.rooms.get(concertId);
  if (isRefusal(room)) return { result: refusalResult(room) };
  const { drawn: lastJoinNumber } = await ctx.counters.get(room);
  if (lastJoinNumber === undefined)
    return { result: refusalResult(refuse('not-drawn-yet', 'The places of this waiting room are drawn when it opens.')) };
  const known = await ctx.absences.get(room);
  const { joinNumbers } = known.closed ? known : await ctx.absences.reload(room);
  const absent = joinNumbers.ranges().map(([from, to]) => ({ from, to }));
  const { drawSeed } = room;
  return { result: { case: 'draw', value: { concertId, drawCommitment: drawCommitment(room), drawSeed, lastJoinNumber, absent } } };
}
