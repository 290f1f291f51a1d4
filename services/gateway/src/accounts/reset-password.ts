import { limits } from '@ticketing/contracts/limits';
import { z } from 'zod';
import { anyone } from '../auth/access.ts';
import { secret } from '../http/fields.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';
import { proofToken } from './proof-token.ts';

export const resetPassword = defineRoute(
  {
    method: 'put',
    path: '/api/v1/password-resets/{token}',
    operationId: 'resetPassword',
    summary: 'Set a new password by a token from a mail',
    description: 'Ends all sessions within seconds.',
    tag: 'Accounts',
    access: anyone,
    limit: 'credentials',
    input: { params: proofToken, body: z.strictObject({ password: secret(8, limits.password) }).meta({ id: 'ResetPassword' }) },
    responses: { 204: null },
    problems: ['reset-gone'],
    absent: 'reset-gone',
  },
  async ({ services }, { params, body }, _caller, clientAddress) => {
    const { refusal } = await services.user.resetPassword({ ...params, ...body, clientAddress });
    return refusal ? refused({ case: 'refusal', value: refusal }) : { status: 204 };
  },
);
