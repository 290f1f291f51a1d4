import type { MessageInitShape } from '@bufbuild/protobuf';
import { refusalResult, refuse } from '@ticketing/common/refusal';
import type { GetReservationRequest, GetReservationResponseSchema } from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import type { Context } from '../context.ts';
import { findReservation, toReservation } from './reservation.ts';

/** Refuses with `reservation-not-found`, also for somebody else's. */
export async function getReservation(
  ctx: Context,
  { reservationId, userId }: GetReservationRequest,
): Promise<MessageInitShape<typeof GetReservationResponseSchema>> {
  const reservation = await findReservation(ctx.db, reservationId, userId);
  if (!reservation) return { result: refusalResult(refuse('reservation-not-found', 'You have no such reservation.')) };
  return { result: { case: 'reservation', value: toReservation(reservation) } };
}
