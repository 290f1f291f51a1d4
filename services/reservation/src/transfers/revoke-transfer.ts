import type { MessageInitShape } from '@bufbuild/protobuf';
import { idToBinary } from '@ticketing/common/database';
import { refuse } from '@ticketing/common/refusal';
import type { RevokeTransferRequest, RevokeTransferResponseSchema } from '@ticketing/contracts/gen/ticketing/reservation/v1/tickets_pb';
import type { Context } from '../context.ts';

/**
 * Ends a link that was not accepted; one that is revoked or over stays so. Refuses with `transfer-not-found`, or `transfer-gone` once somebody
 * has accepted it.
 */
export async function revokeTransfer(
  ctx: Pick<Context, 'db'>,
  { userId, ticketId, transferId }: RevokeTransferRequest,
): Promise<MessageInitShape<typeof RevokeTransferResponseSchema>> {
  const names = [idToBinary(transferId), idToBinary(ticketId), idToBinary(userId)];
  const revoked = await ctx.db.execute(
    `UPDATE ticket_transfers SET open_ticket_id = NULL, revoked_at = COALESCE(revoked_at, UTC_TIMESTAMP(3))
      WHERE id = ? AND ticket_id = ? AND from_user_id = ? AND accepted_at IS NULL`,
    names,
  );
  if (revoked === 1) return {};
  const known = await ctx.db.query('SELECT 1 FROM ticket_transfers WHERE id = ? AND ticket_id = ? AND from_user_id = ?', names);
  if (known.length === 0) return { refusal: refuse('transfer-not-found', 'There is no such transfer of this ticket.') };
  return { refusal: refuse('transfer-gone', 'It was accepted.') };
}
