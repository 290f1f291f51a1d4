import type { MessageInitShape } from '@bufbuild/protobuf';
import { idFromBinary, idToBinary } from '@ticketing/common/database';
import { createGroupWork } from '@ticketing/common/group-work';
import type { GetBalanceRequest, GetBalanceResponseSchema } from '@ticketing/contracts/gen/ticketing/payment/v1/payment_pb';
import type { Context } from '../context.ts';

const walletsPerQuery = 100;

/** A person's points; a wallet that was never charged is empty. */
export function getBalance(
  ctx: Pick<Context, 'db'>,
  { userId }: GetBalanceRequest,
): Promise<MessageInitShape<typeof GetBalanceResponseSchema>> {
  return readBalance(ctx.db, userId);
}

const readBalance = createGroupWork(walletsPerQuery, async (db, userIds: string[]) => {
  const rows = await db.query<{ user_id: Buffer; balance: number; reserved: number }>(
    'SELECT user_id, balance, reserved FROM wallets WHERE user_id IN (?)',
    [userIds.map(idToBinary)],
  );
  const wallets = new Map(rows.map((row) => [idFromBinary(row.user_id), row]));
  return userIds.map((userId) => {
    const { balance = 0, reserved = 0 } = wallets.get(userId) ?? {};
    return { balance: BigInt(balance), reserved: BigInt(reserved) };
  });
});
