import { limits } from '@ticketing/contracts/limits';
import { z } from 'zod';
import { signedIn } from '../auth/access.ts';
import { secret } from '../http/fields.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';
import { orAccountGone } from './user.ts';

export const changePassword = defineRoute(
  {
    method: 'post',
    path: '/api/v1/users/me/password',
    operationId: 'changePassword',
    summary: 'Change my password',
    description: 'Ends all other sessions within seconds.',
    tag: 'Accounts',
    access: signedIn,
    addressLimit: 'credentials',
    input: {
      body: z.strictObject({ current: secret(1, limits.password), next: secret(8, limits.password) }).meta({ id: 'ChangePassword' }),
    },
    responses: { 204: null },
    problems: ['wrong-password', 'too-many-attempts'],
  },
  async ({ services }, { body }, { user }, clientAddress) => {
    const request = { userId: user.id, sessionId: user.sessionId ?? '', ...body, clientAddress };
    const { refusal } = await services.user.changePassword(request);
    return refusal ? orAccountGone(refused({ case: 'refusal', value: refusal })) : { status: 204 };
  },
);
