import { ProofPurpose } from '@ticketing/contracts/gen/ticketing/user/v1/user_pb';
import { z } from 'zod';
import { anyone } from '../auth/access.ts';
import { emailAddress } from '../http/fields.ts';
import { defineRoute } from '../http/route.ts';

export const requestPasswordReset = defineRoute(
  {
    method: 'post',
    path: '/api/v1/password-resets',
    operationId: 'requestPasswordReset',
    summary: 'Get a token for a new password by mail',
    description:
      'The answer is the same for every address; a mail goes to those that have an account. A token is good for 30 minutes, and once.',
    tag: 'Accounts',
    access: anyone,
    limit: 'credentials',
    input: { body: z.strictObject({ email: emailAddress }).meta({ id: 'RequestPasswordReset' }) },
    responses: { 202: null },
    problems: [],
  },
  async ({ services }, { body: { email } }) => {
    await services.user.requestProof({ purpose: ProofPurpose.RESET, of: { case: 'email', value: email } });
    return { status: 202 };
  },
);
