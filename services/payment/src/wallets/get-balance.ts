import type { MessageInitShape } from '@bufbuild/protobuf';
import { idToBinary } from '@ticketing/common/database';
import type { GetBalanceRequest, GetBalanceResponseSchema } from '@ticketing/contracts/gen/ticketing/payment/v1/payment_pb';
import type { Context } from '../context.ts';

/** A person's points; a wallet that was never charged is empty. */
export async function getBalance(
  ctx: Pick<Context, 'db'>,
  { userId }: GetBalanceRequest,
): Promise<MessageInitShape<typeof GetBalanceResponseSchema>> {
  const [wallet] = await ctx.db.query<{ balance: number; reserved: number }>('SELECT balance, reserved FROM wallets WHERE user_id = ?', [
    idToBinary(userId),
  ]);
  return { balance: BigInt(wallet?.balance ?? 0), reserved: BigInt(wallet?.reserved ?? 0) };
}
