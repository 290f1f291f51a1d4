import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { answerKeyed } from '@ticketing/common/answer-keyed';
import { idFromBinary, idToBinary, newId, type Queryable, Rollback } from '@ticketing/common/database';
import type { RecordAnswer } from '@ticketing/common/idempotency';
import { addEvent } from '@ticketing/common/outbox';
import { isRefusal, type Refusal, refusalResult, refuse } from '@ticketing/common/refusal';
import {
  type AcceptTransferRequest,
  type AcceptTransferResponse,
  AcceptTransferResponseSchema,
} from '@ticketing/contracts/gen/ticketing/reservation/v1/tickets_pb';
import type { Context } from '../context.ts';
import { isCheckedIn } from '../gate/gate-tickets.ts';
import { getTicket } from '../tickets/get-ticket.ts';
import { type LockedTicket, lockTicket } from '../tickets/lock-ticket.ts';
import { hashToken } from './transfer-tokens.ts';

type Deps = Pick<Context, 'db' | 'settings' | 'outbox' | 'ticketKeys'>;

const gone = refuse('transfer-gone', '');

/**
 * Takes a ticket over: the one behind the link is void from then on, and the caller has a new one for the same seat. It does not count against
 * the caller's limit. Refuses with `transfer-gone` for a link that is used, revoked, over or unknown, `ticket-void`, or `transfer-not-allowed`
 * for one's own ticket, for one that somebody was let in with, and while transfers are off.
 */
export async function acceptTransfer(
  ctx: Deps,
  { userId, token, idempotencyKey: key }: AcceptTransferRequest,
): Promise<MessageInitShape<typeof AcceptTransferResponseSchema>> {
  const tokenHash = hashToken(token);
  const once = { userId, operation: 'accept-transfer', key, body: { token: tokenHash.toString('hex') } };
  const answer = await answerKeyed(ctx, once, AcceptTransferResponseSchema, (record) => accept(ctx, { userId, tokenHash }, record));
  if (isRefusal(answer)) return { result: refusalResult(answer) };
  if (answer.result.case !== 'ticket') return answer;
  ctx.outbox.wake();
  const { result } = await getTicket(ctx, { ticketId: answer.result.value.id, userId });
  if (result?.case !== 'ticket') throw new Error(`ticket ${answer.result.value.id} is not its taker’s`);
  return { result: { case: 'ticket', value: result.value } };
}

interface Taker {
  userId: string;
  tokenHash: Buffer;
}

async function accept(ctx: Deps, taker: Taker, record: RecordAnswer<AcceptTransferResponse>): Promise<AcceptTransferResponse> {
  const refused = (refusal: Refusal) => create(AcceptTransferResponseSchema, { result: refusalResult(refusal) });
  if (ctx.settings.get('tickets.transfers') < 1) return refused(refuse('transfer-not-allowed', 'Tickets can’t be passed on at present.'));
  return ctx.db.transaction(async (tx) => {
    const ticketId = await passOn(tx, taker);
    if (isRefusal(ticketId)) return new Rollback(refused(ticketId));
    const answer = create(AcceptTransferResponseSchema, { result: { case: 'ticket', value: { id: ticketId.id } } });
    await record(tx, answer);
    return answer;
  });
}

/** @returns the new ticket's id */
async function passOn(tx: Queryable, { userId, tokenHash }: Taker): Promise<{ id: string } | Refusal> {
  const [found] = await tx.query<{ id: Buffer; ticket_id: Buffer }>('SELECT id, ticket_id FROM ticket_transfers WHERE token_hash = ?', [
    tokenHash,
  ]);
  if (!found) return gone;
  const old = await lockTicket(tx, idFromBinary(found.ticket_id));
  if (!old) throw new Error(`transfer ${idFromBinary(found.id)} has no ticket`);
  const id = newId();
  if (!(await useLink(tx, found.id, { userId, ticketId: id }, old))) return gone;
  if (!old.isGood) return refuse('ticket-void', 'The ticket was given back.');
  if (await isCheckedIn(tx, [old.id])) return refuse('transfer-not-allowed', 'Somebody was let in with the ticket.');
  if (old.userId === userId) return refuse('transfer-not-allowed', 'It is your own ticket.');
  await tx.execute('UPDATE tickets SET live_seat_id = NULL WHERE id = ?', [found.ticket_id]);
  await tx.execute('INSERT INTO tickets (id, reservation_id, user_id, seat_id, live_seat_id, transferred_from) VALUES (?, ?, ?, ?, ?, ?)', [
    ...[idToBinary(id), idToBinary(old.reservationId), idToBinary(userId)],
    ...[idToBinary(old.seatId), idToBinary(old.seatId), found.ticket_id],
  ]);
  const { reservationId, performanceId, concertId, seatId } = old;
  await addEvent(tx, 'ticket.transferred', reservationId, {
    ...{ transferId: idFromBinary(found.id), reservationId, performanceId, concertId, seatId },
    ...{ oldTicketId: old.id, newTicketId: id, fromUserId: old.userId, toUserId: userId },
  });
  return { id };
}

/** A link is good for one person. @returns false when it was not good any more */
async function useLink(
  tx: Queryable,
  transferId: Buffer,
  { userId, ticketId }: { userId: string; ticketId: string },
  { performanceId }: LockedTicket,
): Promise<boolean> {
  const used = await tx.execute(
    `UPDATE ticket_transfers SET open_ticket_id = NULL, accepted_at = UTC_TIMESTAMP(3), to_user_id = ?, new_ticket_id = ?
      WHERE id = ? AND open_ticket_id IS NOT NULL AND expires_at > UTC_TIMESTAMP(3)
        AND EXISTS (SELECT 1 FROM performances p WHERE p.id = ? AND p.starts_at > UTC_TIMESTAMP(3))`,
    [idToBinary(userId), idToBinary(ticketId), transferId, idToBinary(performanceId)],
  );
  return used === 1;
}
