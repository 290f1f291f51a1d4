import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { idToBinary, isDuplicateKey, newId, type Queryable, Rollback } from '@ticketing/common/database';
import { answerOnce, type RecordAnswer } from '@ticketing/common/idempotency';
import { isRefusal, type Refusal, refusalResult, refuse } from '@ticketing/common/refusal';
import {
  type OfferTransferRequest,
  type OfferTransferResponse,
  OfferTransferResponseSchema,
} from '@ticketing/contracts/gen/ticketing/reservation/v1/tickets_pb';
import type { Context } from '../context.ts';
import { lockTicket } from '../tickets/lock-ticket.ts';
import { hashToken } from './transfer-tokens.ts';

const goodForDays = 7;

type Deps = Pick<Context, 'db' | 'settings' | 'transferTokens'>;

/**
 * Makes a link by which another account can take over a ticket, once for each Idempotency-Key. It is good for a week, and no longer than until
 * the performance begins. Refuses with `ticket-not-found`, `ticket-void`, `transfer-open` while there is another link, `transfer-not-allowed`
 * once the performance has begun or while transfers are off, or `idempotency-key-reused`.
 */
export async function offerTransfer(
  ctx: Deps,
  request: OfferTransferRequest,
): Promise<MessageInitShape<typeof OfferTransferResponseSchema>> {
  const { userId, ticketId, idempotencyKey: key } = request;
  const once = { userId, operation: 'offer-transfer', key, body: { ticketId } };
  const answer = await answerOnce(ctx, once, OfferTransferResponseSchema, (record) => offer(ctx, request, record));
  if (isRefusal(answer)) return { result: refusalResult(answer) };
  if (answer.result.case !== 'offer') return answer;
  // The token is not in the answer that is kept.
  const { id, expiresAt } = answer.result.value;
  const [row] = await ctx.db.query<{ token_hash: Buffer }>('SELECT token_hash FROM ticket_transfers WHERE id = ?', [idToBinary(id)]);
  const token = row && ctx.transferTokens.again(id, row.token_hash);
  if (token === undefined) return refused(refuse('transfer-open', 'The link can’t be shown again; revoke it and make a new one.'));
  return { result: { case: 'offer', value: { id, token, ...(expiresAt && { expiresAt }) } } };
}

function refused(refusal: Refusal): OfferTransferResponse {
  return create(OfferTransferResponseSchema, { result: refusalResult(refusal) });
}

async function offer(
  ctx: Deps,
  { userId, ticketId }: OfferTransferRequest,
  record: RecordAnswer<OfferTransferResponse>,
): Promise<OfferTransferResponse> {
  if (ctx.settings.get('tickets.transfers') < 1) return refused(refuse('transfer-not-allowed', 'Tickets can’t be passed on at present.'));
  const id = newId();
  return ctx.db.transaction(async (tx) => {
    const expiresAt = await writeOffer(tx, { id, userId, ticketId, tokenHash: hashToken(ctx.transferTokens.make(id)) });
    if (isRefusal(expiresAt)) return new Rollback(refused(expiresAt));
    const answer = create(OfferTransferResponseSchema, {
      result: { case: 'offer', value: { id, expiresAt: timestampFromDate(expiresAt) } },
    });
    await record(tx, answer);
    return answer;
  });
}

interface NewOffer {
  id: string;
  userId: string;
  ticketId: string;
  tokenHash: Buffer;
}

/** @returns when it ends */
async function writeOffer(tx: Queryable, { id, userId, ticketId, tokenHash }: NewOffer): Promise<Date | Refusal> {
  const ticket = await lockTicket(tx, ticketId);
  if (ticket?.userId !== userId) return refuse('ticket-not-found', 'You have no such ticket.');
  if (!ticket.isGood) return refuse('ticket-void', 'The ticket is void.');
  const [time] = await tx.query<{ ends: Date; is_upcoming: number }>(
    `SELECT LEAST(UTC_TIMESTAMP(3) + INTERVAL ${goodForDays} DAY, starts_at) AS ends, starts_at > UTC_TIMESTAMP(3) AS is_upcoming
       FROM performances WHERE id = ?`,
    [idToBinary(ticket.performanceId)],
  );
  if (time?.is_upcoming !== 1) return refuse('transfer-not-allowed', 'The performance has begun.');
  const storedTicket = idToBinary(ticketId);
  await tx.execute('UPDATE ticket_transfers SET open_ticket_id = NULL WHERE open_ticket_id = ? AND expires_at <= UTC_TIMESTAMP(3)', [
    storedTicket,
  ]);
  try {
    await tx.execute(
      'INSERT INTO ticket_transfers (id, ticket_id, open_ticket_id, from_user_id, token_hash, expires_at) VALUES (?, ?, ?, ?, ?, ?)',
      [idToBinary(id), storedTicket, storedTicket, idToBinary(userId), tokenHash, time.ends],
    );
  } catch (error) {
    if (isDuplicateKey(error)) return refuse('transfer-open', 'There is a link for this ticket; revoke it first.');
    throw error;
  }
  return time.ends;
}
