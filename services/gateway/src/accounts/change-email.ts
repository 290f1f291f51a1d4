import { limits } from '@ticketing/contracts/limits';
import { z } from 'zod';
import { signedIn } from '../auth/access.ts';
import { emailAddress, secret } from '../http/fields.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';
import { orAccountGone } from './user.ts';

export const changeEmail = defineRoute(
  {
    method: 'post',
    path: '/api/v1/users/me/email',
    operationId: 'changeEmail',
    summary: 'Change my address',
    description:
      'A token is sent to the new address. The account has it once the token has come back, unless another account has it by then.',
    tag: 'Accounts',
    access: signedIn,
    addressLimit: 'credentials',
    input: { body: z.strictObject({ email: emailAddress, password: secret(1, limits.password) }).meta({ id: 'ChangeEmail' }) },
    responses: { 202: null },
    problems: ['wrong-password', 'too-many-attempts', 'too-many-mails'],
  },
  async ({ services }, { body }, { user }, clientAddress) => {
    const { refusal } = await services.user.changeEmail({ userId: user.id, ...body, clientAddress });
    return refusal ? orAccountGone(refused({ case: 'refusal', value: refusal })) : { status: 202 };
  },
);
