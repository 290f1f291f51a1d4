import type { MessageInitShape } from '@bufbuild/protobuf';
import { idToBinary } from '@ticketing/common/database';
import { refusalResult, refuse } from '@ticketing/common/refusal';
import type { RegisterRoomRequest, RegisterRoomResponseSchema } from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import type { Context } from '../context.ts';

/**
 * Remembers the waiting room of a concert, unless it has one. A room that names the one it replaces takes its row, if that is still
 * the registered one. Refuses with `concert-not-found`.
 * @returns the epoch that is registered now
 */
export async function registerRoom(
  ctx: Pick<Context, 'db'>,
  { concertId, epoch, drawCommitment, lostEpoch, restartKey }: RegisterRoomRequest,
): Promise<MessageInitShape<typeof RegisterRoomResponseSchema>> {
  const id = idToBinary(concertId);
  if (lostEpoch === undefined) {
    await ctx.db.execute(
      "INSERT IGNORE INTO waiting_rooms (concert_id, epoch, draw_commitment) SELECT id, ?, ? FROM concerts WHERE id = ? AND state <> 'DRAFT'",
      [epoch, drawCommitment, id],
    );
  } else {
    await ctx.db.execute(
      `UPDATE waiting_rooms
        SET epoch = ?, draw_commitment = ?, restart_key = ?, joined = 0, called = 0, restarts = restarts + 1, registered_at = CURRENT_TIMESTAMP(3)
        WHERE concert_id = ? AND epoch = ?`,
      [epoch, drawCommitment, restartKey || null, id, lostEpoch],
    );
  }
  const [row] = await ctx.db.query<{ epoch: string }>('SELECT epoch FROM waiting_rooms WHERE concert_id = ?', [id]);
  if (!row) return { result: refusalResult(refuse('concert-not-found', 'There is no such concert.')) };
  return { result: { case: 'epoch', value: row.epoch } };
}
