import type { MessageInitShape } from '@bufbuild/protobuf';
import { idToBinary } from '@ticketing/common/database';
import type { MarkRoomRequest, MarkRoomResponseSchema } from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import type { Context } from '../context.ts';

/**
 * Remembers how far a waiting room has come, where that is further than what is known; a room that is not the registered one changes
 * nothing.
 * @returns how far it had come at the most; nothing for a room that is not registered
 */
export async function markRoom(
  ctx: Pick<Context, 'db'>,
  { concertId, epoch, joined, called }: MarkRoomRequest,
): Promise<MessageInitShape<typeof MarkRoomResponseSchema>> {
  const room = [idToBinary(concertId), epoch];
  await ctx.db.execute(
    `UPDATE waiting_rooms SET joined = GREATEST(joined, ?), called = GREATEST(called, ?)
      WHERE concert_id = ? AND epoch = ? AND (joined < ? OR called < ?)`,
    [joined, called, ...room, joined, called],
  );
  const [row] = await ctx.db.query<{ joined: number; called: number }>(
    'SELECT joined, called FROM waiting_rooms WHERE concert_id = ? AND epoch = ?',
    room,
  );
  return row ?? {};
}
