import type { Queryable } from '@ticketing/common/database';
import { type Refusal, refuse } from '@ticketing/common/refusal';
import { isCheckedIn } from '../gate/gate-tickets.ts';
import type { SeatTicket } from '../reservations/reservation.ts';

/** Refuses to give tickets back to their payer that somebody else has taken over, or was let in with. The caller has locked their rows. */
export async function refuseUsed(tx: Queryable, payerId: string, tickets: readonly SeatTicket[]): Promise<Refusal | undefined> {
  if (tickets.some(({ userId }) => userId !== payerId)) {
    return refuse('refund-not-allowed', 'A ticket of it was passed on to somebody else.');
  }
  const isUsed = await isCheckedIn(
    tx,
    tickets.map(({ id }) => id),
  );
  return isUsed ? refuse('refund-not-allowed', 'Somebody was let in with one of the tickets.') : undefined;
}
