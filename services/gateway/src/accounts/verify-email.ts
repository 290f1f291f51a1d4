import { anyone } from '../auth/access.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';
import { proofToken } from './proof-token.ts';

export const verifyEmail = defineRoute(
  {
    method: 'put',
    path: '/api/v1/email-verifications/{token}',
    operationId: 'verifyEmail',
    summary: 'Verify an address by a token from a mail',
    description:
      'Also makes the address the account’s where the account has asked for that. Tokens of sessions say it from their next refresh on.',
    tag: 'Accounts',
    access: anyone,
    limit: 'credentials',
    input: { params: proofToken },
    responses: { 204: null },
    problems: ['verification-gone'],
    absent: 'verification-gone',
  },
  async ({ services }, { params }) => {
    const { refusal } = await services.user.verifyEmail(params);
    return refusal ? refused({ case: 'refusal', value: refusal }) : { status: 204 };
  },
);
