import type { MessageInitShape } from '@bufbuild/protobuf';
import { actorOf } from '@ticketing/common/actor';
import { decodeIdCursor, encodeIdCursor } from '@ticketing/common/cursor';
import { idToBinary, type SqlValue } from '@ticketing/common/database';
import { refusalResult, refuse } from '@ticketing/common/refusal';
import type { ListOwnConcertsRequest, ListOwnConcertsResponseSchema } from '@ticketing/contracts/gen/ticketing/concert/v1/organiser_pb';
import type { Context } from '../context.ts';
import { selectConcerts, toConcertMessage } from './listed-concert.ts';

/** The concerts that the actor may change, newest first. Refuses with `invalid-cursor`. */
export async function listOwnConcerts(
  { db }: Pick<Context, 'db'>,
  request: ListOwnConcertsRequest,
): Promise<MessageInitShape<typeof ListOwnConcertsResponseSchema>> {
  const actor = actorOf(request);
  const { cursor } = request;
  const before = cursor === '' ? undefined : decodeIdCursor(cursor);
  if (cursor !== '' && before === undefined) {
    return { result: refusalResult(refuse('invalid-cursor', 'The cursor does not come from an earlier page.')) };
  }
  const size = request.limit || 20;
  const conditions: [sql: string, value: SqlValue][] = [];
  if (!actor.operator) conditions.push(['c.owner_id = ?', idToBinary(actor.userId)]);
  if (before !== undefined) conditions.push(['c.id < ?', idToBinary(before)]);
  const where = conditions.map(([sql]) => sql).join(' AND ') || 'TRUE';
  const values = [...conditions.map(([, value]) => value), size + 1];
  const found = await selectConcerts(db, `WHERE ${where} ORDER BY c.id DESC LIMIT ?`, values);
  const items = found.slice(0, size);
  const now = new Date();
  const nextCursor = found.length > size ? encodeIdCursor(items.at(-1)?.id ?? '') : '';
  return { result: { case: 'page', value: { items: items.map((concert) => toConcertMessage(concert, now)), nextCursor } } };
}
