import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { actorOf } from '@ticketing/common/actor';
import { idFromBinary, idToBinary } from '@ticketing/common/database';
import { refusalResult, refuse } from '@ticketing/common/refusal';
import type {
  GateTicketSchema,
  GetGateListRequest,
  GetGateListResponseSchema,
} from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import type { Context } from '../context.ts';
import { decodeMark, encodeMark } from './gate-mark.ts';

interface ListedRow {
  seq: number;
  id: Buffer;
  is_void: number;
  checked_in_at: Date | null;
  seat_id: Buffer;
  section: string;
  row_label: string;
  number: number;
  price: number;
}

const pageSize = 1_000;

/**
 * The tickets of a performance that have changed since a mark, as they are now; all of them without a mark.
 * Refuses with `performance-not-found` (to who does not work at this gate) or `invalid-cursor`.
 */
export async function getGateList(
  ctx: Pick<Context, 'db' | 'gateAccess' | 'gateChanges'>,
  request: GetGateListRequest,
): Promise<MessageInitShape<typeof GetGateListResponseSchema>> {
  const { performanceId, since } = request;
  const stranger = await ctx.gateAccess.refusalOf(actorOf(request), performanceId);
  if (stranger) return { result: refusalResult(stranger) };
  const after = since === '' ? 0 : decodeMark(performanceId, since);
  if (after === undefined) return { result: refusalResult(refuse('invalid-cursor', 'The mark does not come from this gate list.')) };
  await ctx.gateChanges.get(performanceId);
  const rows = await ctx.db.query<ListedRow>(
    `SELECT g.seq, t.id, g.is_void, g.checked_in_at, s.seat_id, s.section, s.row_label, s.number, s.price
       FROM gate_tickets g
       JOIN tickets t ON t.id = g.ticket_id
       JOIN reservation_seats s ON s.reservation_id = t.reservation_id AND s.seat_id = t.seat_id
      WHERE g.performance_id = ? AND g.seq > ? ORDER BY g.seq LIMIT ${pageSize + 1}`,
    [idToBinary(performanceId), after],
  );
  const page = rows.slice(0, pageSize);
  const mark = encodeMark(performanceId, page.at(-1)?.seq ?? after);
  return { result: { case: 'list', value: { tickets: page.map(toListed), mark, more: rows.length > pageSize } } };
}

function toListed(row: ListedRow): MessageInitShape<typeof GateTicketSchema> {
  const { section, row_label: rowLabel, number, price } = row;
  return {
    ticketId: idFromBinary(row.id),
    seat: { id: idFromBinary(row.seat_id), section, row: rowLabel, number, price: BigInt(price) },
    void: row.is_void === 1,
    ...(row.checked_in_at && { checkedInAt: timestampFromDate(row.checked_in_at) }),
  };
}
