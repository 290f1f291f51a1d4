import { idToBinary, type Queryable, type SqlValue } from '@ticketing/common/database';
import { type Refusal, refuse } from '@ticketing/common/refusal';

/**
 * Says no to a payer who wants tickets back that somebody else has taken over. The caller has locked the row of the reservation; the rows of its
 * tickets are locked here.
 * @param ticketIds the tickets that are meant, by the ids that the payer was given; all of the reservation when left out
 */
export async function refusePassedOn(
  tx: Queryable,
  { id, userId }: { id: string; userId: string },
  ticketIds?: string[],
): Promise<Refusal | undefined> {
  const seats = ticketIds === undefined ? '' : 'AND seat_id IN (SELECT m.seat_id FROM (SELECT id, seat_id FROM tickets WHERE id IN (?)) m)';
  const meant: SqlValue[] = ticketIds === undefined ? [] : [ticketIds.map(idToBinary)];
  const rows = await tx.query<{ user_id: Buffer }>(
    `SELECT user_id FROM tickets WHERE reservation_id = ? AND live_seat_id IS NOT NULL ${seats} FOR UPDATE`,
    [idToBinary(id), ...meant],
  );
  const payer = idToBinary(userId);
  if (rows.every((row) => row.user_id.equals(payer))) return undefined;
  return refuse('refund-not-allowed', 'A ticket of it was passed on to somebody else.');
}
