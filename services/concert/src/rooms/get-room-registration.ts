import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { idToBinary } from '@ticketing/common/database';
import { refusalResult, refuse } from '@ticketing/common/refusal';
import type {
  GetRoomRegistrationRequest,
  GetRoomRegistrationResponseSchema,
} from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import type { Context } from '../context.ts';

interface RegistrationRow {
  sale_opens_at: Date;
  version: number;
  sale_moves: number;
  sale_ends_at: Date | null;
  epoch: string | null;
  restart_key: string | null;
}

/** Which waiting room a concert has and when its sale begins and ends, read from the database each time: a cancelled one has ended. Refuses with `concert-not-found`, also for a draft. */
export async function getRoomRegistration(
  ctx: Pick<Context, 'db'>,
  { concertId }: GetRoomRegistrationRequest,
): Promise<MessageInitShape<typeof GetRoomRegistrationResponseSchema>> {
  const [row] = await ctx.db.query<RegistrationRow>(
    `SELECT c.version, c.sale_opens_at, c.sale_moves, CASE c.state WHEN 'CANCELLED' THEN c.cancelled_at ELSE c.last_starts_at END AS sale_ends_at,
            w.epoch, w.restart_key
       FROM concerts c LEFT JOIN waiting_rooms w ON w.concert_id = c.id WHERE c.id = ? AND c.state <> 'DRAFT'`,
    [idToBinary(concertId)],
  );
  if (!row) return { result: refusalResult(refuse('concert-not-found', 'There is no such concert.')) };
  const { version, sale_moves: saleMoves, sale_opens_at: saleOpensAt, sale_ends_at: saleEndsAt, epoch, restart_key: restartKey } = row;
  const value = {
    ...{ version, saleMoves },
    saleOpensAt: timestampFromDate(saleOpensAt),
    ...(saleEndsAt && { saleEndsAt: timestampFromDate(saleEndsAt) }),
    ...(epoch !== null && { epoch }),
    restartKey: restartKey ?? '',
  };
  return { result: { case: 'registration', value } };
}
