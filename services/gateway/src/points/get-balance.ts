import type { GetBalanceResponse } from '@ticketing/contracts/gen/ticketing/payment/v1/payment_pb';
import { z } from 'zod';
import { signedIn } from '../auth/access.ts';
import { krw } from '../http/fields.ts';
import { defineRoute } from '../http/route.ts';

const balanceSchema = z
  .object({
    balance: krw.meta({ description: 'All that you own, the reserved part included.' }),
    reserved: krw.meta({ description: 'Set aside for payments whose outcome is not known yet.' }),
    currency: z.literal('KRW'),
  })
  .meta({ id: 'Balance', description: 'A wallet.' });

export const getBalance = defineRoute(
  {
    method: 'get',
    path: '/api/v1/points',
    operationId: 'getBalance',
    summary: 'My wallet',
    tag: 'Points and payments',
    access: signedIn,
    input: {},
    responses: { 200: balanceSchema },
    problems: [],
  },
  async ({ services }, _input, { user }) => {
    return { status: 200, body: toBalance(await services.payment.getBalance({ userId: user.id })) };
  },
);

function toBalance({ balance, reserved }: GetBalanceResponse): z.output<typeof balanceSchema> {
  return { balance: Number(balance), reserved: Number(reserved), currency: 'KRW' };
}
