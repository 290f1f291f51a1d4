import { idFromBinary, idToBinary } from '@ticketing/common/database';
import { createGroupWork } from '@ticketing/common/group-work';
import { type Refusal, refuse } from '@ticketing/common/refusal';
import type { KnownHold } from '@ticketing/contracts/gen/ticketing/payment/v1/payment_pb';
import type { Context } from '../context.ts';

/** What a payment needs to know of a reservation. */
export interface Payable {
  reservationId: string;
  performanceId: string;
  concertId: string;
  /** KRW. */
  amount: number;
}

/**
 * What a person's reservation costs: as its event told, or asked from the reservation service when the event is not here yet.
 * Refuses with `reservation-not-found`, also for somebody else's.
 * @throws InvocationFailed when it has to ask and gets no answer
 */
export async function findPayable(
  ctx: Pick<Context, 'db' | 'reservations'>,
  reservationId: string,
  userId: string,
): Promise<Payable | Refusal> {
  const known = await findHold(ctx.db, reservationId);
  if (known !== 'unknown') return known.userId === userId ? known : refuse('reservation-not-found', 'You have no such reservation.');
  const { result } = await ctx.reservations.getReservation({ reservationId, userId });
  if (result.case !== 'reservation') return refuse('reservation-not-found', 'You have no such reservation.');
  return toPayable(reservationId, result.value);
}

export function toPayable(reservationId: string, { performanceId, concertId, amount }: Omit<KnownHold, '$typeName'>): Payable {
  return { reservationId, performanceId, concertId, amount: Number(amount) };
}

const holdsPerQuery = 100;

interface HoldRow {
  reservation_id: Buffer;
  user_id: Buffer;
  performance_id: Buffer;
  concert_id: Buffer;
  amount: number;
}

/** What the events of holds have told. */
const findHold = createGroupWork(holdsPerQuery, async (db, ids: string[]): Promise<((Payable & { userId: string }) | 'unknown')[]> => {
  const rows = await db.query<HoldRow>(
    'SELECT reservation_id, user_id, performance_id, concert_id, amount FROM payable_reservations WHERE reservation_id IN (?)',
    [ids.map(idToBinary)],
  );
  const holds = new Map(rows.map((row) => [idFromBinary(row.reservation_id), row]));
  return ids.map((reservationId) => {
    const row = holds.get(reservationId);
    if (!row) return 'unknown';
    const { user_id: userId, performance_id: performanceId, concert_id: concertId, amount } = row;
    return {
      ...{ reservationId, userId: idFromBinary(userId), performanceId: idFromBinary(performanceId) },
      ...{ concertId: idFromBinary(concertId), amount },
    };
  });
});
