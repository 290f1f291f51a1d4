import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { crashPoint } from '@ticketing/common/crash-point';
import { newId, Rollback } from '@ticketing/common/database';
import { answerOnce, type RecordAnswer } from '@ticketing/common/idempotency';
import { addEvent } from '@ticketing/common/outbox';
import { isRefusal, refusalResult, refuse } from '@ticketing/common/refusal';
import {
  type ChargePointsRequest,
  type ChargePointsResponse,
  ChargePointsResponseSchema,
} from '@ticketing/contracts/gen/ticketing/payment/v1/payment_pb';
import { limits } from '@ticketing/contracts/limits';
import type { Context } from '../context.ts';
import { balanceLimit, creditPoints } from './wallet.ts';

/** Adds points to a person's wallet. Refuses with `invalid-request` (out of range), `balance-limit-reached` or `idempotency-key-reused`. */
export async function chargePoints(
  ctx: Context,
  { userId, idempotencyKey: key, amount }: ChargePointsRequest,
): Promise<MessageInitShape<typeof ChargePointsResponseSchema>> {
  if (amount < 1n || amount > limits.charge) {
    return { result: refusalResult(refuse('invalid-request', `A charge is 1 to ${limits.charge} points.`)) };
  }
  const request = { userId, operation: 'charge-points', key, body: { amount: Number(amount) } };
  const answer = await answerOnce(ctx, request, ChargePointsResponseSchema, (record) => charge(ctx, userId, Number(amount), record));
  return isRefusal(answer) ? { result: refusalResult(answer) } : answer;
}

async function charge(
  ctx: Context,
  userId: string,
  amount: number,
  record: RecordAnswer<ChargePointsResponse>,
): Promise<ChargePointsResponse> {
  const id = newId();
  const answer = await ctx.db.transaction<ChargePointsResponse>(async (tx) => {
    const wallet = await creditPoints(tx, { kind: 'CHARGE', reference: id, userId, amount });
    if (!wallet) {
      const refusal = refuse('balance-limit-reached', `A wallet holds at most ${balanceLimit} points.`);
      return new Rollback(create(ChargePointsResponseSchema, { result: refusalResult(refusal) }));
    }
    await addEvent(tx, 'points.charged', id, { chargeId: id, userId, amount });
    const value = { id, amount: BigInt(amount), balance: BigInt(wallet.balance) };
    const done = create(ChargePointsResponseSchema, { result: { case: 'charge', value } });
    await record(tx, done);
    await crashPoint('charge.before-commit');
    return done;
  });
  await crashPoint('charge.after-commit');
  ctx.outbox.wake();
  return answer;
}
