import type { MessageInitShape } from '@bufbuild/protobuf';
import { idToBinary } from '@ticketing/common/database';
import type {
  CountLiveTicketsRequest,
  CountLiveTicketsResponseSchema,
} from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import type { Context } from '../context.ts';

/** Counts a person's good tickets of performances to come. */
export async function countLiveTickets(
  { db }: Pick<Context, 'db'>,
  { userId }: CountLiveTicketsRequest,
): Promise<MessageInitShape<typeof CountLiveTicketsResponseSchema>> {
  const [row] = await db.query<{ count: number }>(
    `SELECT COUNT(*) AS count FROM tickets t
       JOIN reservations r ON r.id = t.reservation_id
       JOIN performances p ON p.id = r.performance_id
      WHERE t.user_id = ? AND t.live_seat_id IS NOT NULL AND p.starts_at > UTC_TIMESTAMP(3)`,
    [idToBinary(userId)],
  );
  return { count: row?.count ?? 0 };
}
