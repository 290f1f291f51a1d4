import type { MessageInitShape } from '@bufbuild/protobuf';
import { decodeIdCursor, encodeIdCursor } from '@ticketing/common/cursor';
import { refusalResult, refuse } from '@ticketing/common/refusal';
import {
  type ListReservationsRequest,
  type ListReservationsResponseSchema,
  ReservationStatus,
} from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import type { Context } from '../context.ts';
import { findReservationsOf, toReservation } from './reservation.ts';

const statuses = ['HELD', 'CONFIRMED', 'EXPIRED', 'CANCELLED', 'REFUNDED'] as const;

/** A person's reservations, newest first. Refuses with `invalid-cursor`. */
export async function listReservations(
  ctx: Context,
  { userId, limit, cursor, status, concertId }: ListReservationsRequest,
): Promise<MessageInitShape<typeof ListReservationsResponseSchema>> {
  const before = cursor === '' ? undefined : decodeIdCursor(cursor);
  if (cursor !== '' && before === undefined)
    return { result: refusalResult(refuse('invalid-cursor', 'The cursor does not come from an earlier page.')) };
  const size = limit === 0 ? 20 : limit;
  const found = await findReservationsOf(ctx.db, userId, size + 1, {
    status: statuses.find((name) => ReservationStatus[name] === status),
    concertId: concertId === '' ? undefined : concertId,
    before,
  });
  const page = found.slice(0, size);
  const last = page.at(-1);
  const nextCursor = found.length > size && last ? encodeIdCursor(last.id) : '';
  return { result: { case: 'page', value: { items: page.map(toReservation), nextCursor } } };
}
