import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { crashPoint } from '@ticketing/common/crash-point';
import { newId, Rollback } from '@ticketing/common/database';
import { createGroupWork } from '@ticketing/common/group-work';
import { answerOnce, type KeepAnswer, recordAnswers } from '@ticketing/common/idempotency';
import { addEvents } from '@ticketing/common/outbox';
import { isRefusal, refusalResult, refuse } from '@ticketing/common/refusal';
import { traceHeaders } from '@ticketing/common/telemetry';
import {
  type ChargePointsRequest,
  type ChargePointsResponse,
  ChargePointsResponseSchema,
} from '@ticketing/contracts/gen/ticketing/payment/v1/payment_pb';
import { limits } from '@ticketing/contracts/limits';
import type { Context } from '../context.ts';
import { balanceLimit, creditPoints, type Points } from './wallet.ts';

const chargesPerTransaction = 64;

/** Adds points to a person's wallet. Refuses with `invalid-request` (out of range), `balance-limit-reached` or `idempotency-key-reused`. */
export async function chargePoints(
  ctx: Context,
  { userId, idempotencyKey: key, amount }: ChargePointsRequest,
): Promise<MessageInitShape<typeof ChargePointsResponseSchema>> {
  if (amount < 1n || amount > limits.charge) {
    return { result: refusalResult(refuse('invalid-request', `A charge is 1 to ${limits.charge} points.`)) };
  }
  const request = { userId, operation: 'charge-points', key, body: { amount: Number(amount) } };
  const answer = await answerOnce(ctx, request, ChargePointsResponseSchema, (_record, keep) =>
    charge(ctx, { userId, amount: Number(amount) }, keep),
  );
  return isRefusal(answer) ? { result: refusalResult(answer) } : answer;
}

/** A charge before it is made. */
interface NewCharge extends Points {
  id: string;
  traceparent: string | undefined;
  keep: KeepAnswer<ChargePointsResponse>;
}

async function charge(
  ctx: Pick<Context, 'db' | 'outbox'>,
  points: Points,
  keep: KeepAnswer<ChargePointsResponse>,
): Promise<ChargePointsResponse> {
  const { traceparent } = traceHeaders();
  const answer = await chargeTogether(ctx.db, { ...points, id: newId(), traceparent, keep });
  await crashPoint('charge.after-commit');
  ctx.outbox.wake();
  return answer;
}

const chargeTogether = createGroupWork(chargesPerTransaction, (db, charges: NewCharge[]) =>
  db.transaction(async (tx) => {
    const credits = charges.map(({ id, userId, amount }) => ({ kind: 'CHARGE' as const, reference: id, userId, amount }));
    const balances = await creditPoints(tx, credits);
    const answers = charges.map((charged, index) => toAnswer(charged, balances[index]));
    const made = charges.flatMap((charged, index) => (balances[index] === undefined ? [] : [{ charged, answer: answers[index] }]));
    if (made.length === 0) return new Rollback(answers);
    await addEvents(
      tx,
      'points.charged',
      made.map(({ charged: { id, userId, amount, traceparent } }) => ({
        aggregateId: id,
        data: { chargeId: id, userId, amount },
        traceparent,
      })),
    );
    await recordAnswers(
      tx,
      made.flatMap(({ charged, answer }) => (answer ? [charged.keep(answer)] : [])),
    );
    await crashPoint('charge.before-commit');
    return answers;
  }),
);

function toAnswer({ id, amount }: NewCharge, balance: number | undefined): ChargePointsResponse {
  const result =
    balance === undefined
      ? refusalResult(refuse('balance-limit-reached', `A wallet holds at most ${balanceLimit} points.`))
      : { case: 'charge' as const, value: { id, amount: BigInt(amount), balance: BigInt(balance) } };
  return create(ChargePointsResponseSchema, { result });
}
