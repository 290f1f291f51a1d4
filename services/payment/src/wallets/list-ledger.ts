import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { decodeIdCursor, encodeIdCursor } from '@ticketing/common/cursor';
import { idFromBinary, idToBinary, type SqlValue } from '@ticketing/common/database';
import { refusalResult, refuse } from '@ticketing/common/refusal';
import type { ListLedgerRequest, ListLedgerResponseSchema } from '@ticketing/contracts/gen/ticketing/payment/v1/payment_pb';
import type { Context } from '../context.ts';
import type { TransferKind } from './wallet.ts';

interface EntryRow {
  id: Buffer;
  kind: TransferKind;
  reference: Buffer;
  amount: number;
  balance_after: number;
  booked_at: Date;
}

/** What went in and out of a person's wallet, newest first. Refuses with `invalid-cursor`. */
export async function listLedger(
  ctx: Pick<Context, 'db'>,
  { userId, limit, cursor }: ListLedgerRequest,
): Promise<MessageInitShape<typeof ListLedgerResponseSchema>> {
  const before = cursor === '' ? undefined : decodeIdCursor(cursor);
  if (cursor !== '' && before === undefined)
    return { result: refusalResult(refuse('invalid-cursor', 'The cursor does not come from an earlier page.')) };
  const size = limit === 0 ? 20 : limit;
  const older: SqlValue[] = before === undefined ? [] : [idToBinary(before)];
  const rows = await ctx.db.query<EntryRow>(
    `SELECT id, kind, reference, amount, balance_after, booked_at FROM ledger_entries
      WHERE user_id = ? AND account = 'WALLET' ${before === undefined ? '' : 'AND id < ?'} ORDER BY id DESC LIMIT ?`,
    [idToBinary(userId), ...older, size + 1],
  );
  const page = rows.slice(0, size);
  const last = page.at(-1);
  const nextCursor = rows.length > size && last ? encodeIdCursor(idFromBinary(last.id)) : '';
  return { result: { case: 'page', value: { items: page.map(toItem), nextCursor } } };
}

function toItem(row: EntryRow) {
  return {
    id: idFromBinary(row.id),
    kind: row.kind,
    amount: BigInt(row.amount),
    balanceAfter: BigInt(row.balance_after),
    at: timestampFromDate(row.booked_at),
    reference: idFromBinary(row.reference),
  };
}
