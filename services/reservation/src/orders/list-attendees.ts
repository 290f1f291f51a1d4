import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { decodeIdCursor, encodeIdCursor } from '@ticketing/common/cursor';
import { idFromBinary, idToBinary, type SqlValue } from '@ticketing/common/database';
import { refusalResult, refuse } from '@ticketing/common/refusal';
import type {
  AttendeeSchema,
  ListAttendeesRequest,
  ListAttendeesResponseSchema,
} from '@ticketing/contracts/gen/ticketing/reservation/v1/orders_pb';
import type { Context } from '../context.ts';

interface AttendeeRow {
  ticket_id: Buffer;
  user_id: Buffer;
  seat_id: Buffer;
  section: string;
  row_label: string;
  number: number;
  price: number;
  bought_at: Date;
}

/** Who has a good ticket of a performance, in the order of the seats' ids. Refuses with `invalid-cursor`. */
export async function listAttendees(
  ctx: Pick<Context, 'db'>,
  { performanceId, limit, cursor }: ListAttendeesRequest,
): Promise<MessageInitShape<typeof ListAttendeesResponseSchema>> {
  const after = cursor === '' ? undefined : decodeIdCursor(cursor);
  if (cursor !== '' && after === undefined)
    return { result: refusalResult(refuse('invalid-cursor', 'The cursor does not come from an earlier page.')) };
  const size = limit === 0 ? 20 : limit;
  const later: SqlValue[] = after === undefined ? [] : [idToBinary(after)];
  // A page is of seats, most of which have a ticket: their primary key is read in its order, without sorting.
  const rows = await ctx.db.query<AttendeeRow>(
    `SELECT t.id AS ticket_id, t.user_id, s.id AS seat_id, s.section, s.row_label, s.number, s.price, r.created_at AS bought_at
       FROM seats s
       STRAIGHT_JOIN tickets t ON t.live_seat_id = s.id
       STRAIGHT_JOIN reservations r ON r.id = t.reservation_id
      WHERE s.performance_id = ? ${after === undefined ? '' : 'AND s.id > ?'} ORDER BY s.id LIMIT ?`,
    [idToBinary(performanceId), ...later, size + 1],
  );
  const page = rows.slice(0, size);
  const last = page.at(-1);
  const nextCursor = rows.length > size && last ? encodeIdCursor(idFromBinary(last.seat_id)) : '';
  return { result: { case: 'page', value: { items: page.map(toAttendee), nextCursor } } };
}

function toAttendee(row: AttendeeRow): MessageInitShape<typeof AttendeeSchema> {
  const { section, row_label: rowLabel, number, price } = row;
  return {
    ticketId: idFromBinary(row.ticket_id),
    userId: idFromBinary(row.user_id),
    seat: { id: idFromBinary(row.seat_id), section, row: rowLabel, number, price: BigInt(price) },
    boughtAt: timestampFromDate(row.bought_at),
  };
}
