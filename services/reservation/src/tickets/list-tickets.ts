import type { MessageInitShape } from '@bufbuild/protobuf';
import { decodeIdCursor, encodeIdCursor } from '@ticketing/common/cursor';
import { idFromBinary, idToBinary, type SqlValue } from '@ticketing/common/database';
import { refusalResult, refuse } from '@ticketing/common/refusal';
import type { ListTicketsRequest, ListTicketsResponseSchema } from '@ticketing/contracts/gen/ticketing/reservation/v1/tickets_pb';
import type { Context } from '../context.ts';
import { selectTickets, toTicket } from './ticket.ts';

/** A person's tickets, good and void, newest first. Refuses with `invalid-cursor`. */
export async function listTickets(
  ctx: Pick<Context, 'db'>,
  { userId, limit, cursor }: ListTicketsRequest,
): Promise<MessageInitShape<typeof ListTicketsResponseSchema>> {
  const before = cursor === '' ? undefined : decodeIdCursor(cursor);
  if (cursor !== '' && before === undefined)
    return { result: refusalResult(refuse('invalid-cursor', 'The cursor does not come from an earlier page.')) };
  const size = limit === 0 ? 20 : limit;
  const older: SqlValue[] = before === undefined ? [] : [idToBinary(before)];
  const rest = `WHERE t.user_id = ? ${before === undefined ? '' : 'AND t.id < ?'} ORDER BY t.id DESC LIMIT ?`;
  const found = await selectTickets(ctx.db, rest, [idToBinary(userId), ...older, size + 1]);
  const page = found.slice(0, size);
  const last = page.at(-1);
  const nextCursor = found.length > size && last ? encodeIdCursor(idFromBinary(last.id)) : '';
  return { result: { case: 'page', value: { items: page.map(toTicket), nextCursor } } };
}
