import { limits } from '@ticketing/contracts/limits';
import { z } from 'zod';
import { signedIn } from '../auth/access.ts';
import { idempotencyKey, krw, shownId } from '../http/fields.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';

const chargeSchema = z.object({ id: shownId, amount: krw, balance: krw }).meta({ id: 'Charge', description: 'Points that were added.' });

export const chargePoints = defineRoute(
  {
    method: 'post',
    path: '/api/v1/points/charges',
    operationId: 'chargePoints',
    summary: 'Charge the wallet',
    description: 'This is a demonstration: points are added without any payment provider behind them. A real shop charges a card first.',
    tag: 'Points and payments',
    access: signedIn,
    input: {
      body: z.strictObject({ amount: z.int().min(1).max(limits.charge).meta({ example: 100_000 }) }).meta({ id: 'ChargePoints' }),
      idempotencyKey,
    },
    responses: { 201: chargeSchema },
    problems: ['balance-limit-reached', 'idempotency-key-reused', 'request-in-progress'],
  },
  async ({ services }, { body, idempotencyKey: key }, { user }) => {
    const { result } = await services.payment.chargePoints({ userId: user.id, idempotencyKey: key, amount: BigInt(body.amount) });
    if (result.case !== 'charge') return refused(result);
    const { id, amount, balance } = result.value;
    return { status: 201, body: { id, amount: Number(amount), balance: Number(balance) } };
  },
);
