import { ProofPurpose } from '@ticketing/contracts/gen/ticketing/user/v1/user_pb';
import { z } from 'zod';
import { maybeSignedIn } from '../auth/access.ts';
import { emailAddress } from '../http/fields.ts';
import { problem } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';

export const requestVerification = defineRoute(
  {
    method: 'post',
    path: '/api/v1/email-verifications',
    operationId: 'requestVerification',
    summary: 'Get a token that verifies an address by mail',
    description:
      'For the address of the own account, or for the one that is named; then nobody has to be logged in, and the answer is the same for every ' +
      'address. A mail goes to those of accounts that are not verified. A token is good for 24 hours, and once.',
    tag: 'Accounts',
    access: maybeSignedIn,
    limit: 'credentials',
    input: { body: z.strictObject({ email: emailAddress.optional() }).meta({ id: 'RequestVerification' }).optional() },
    responses: { 202: null },
    problems: ['unauthenticated', 'cross-site-request'],
  },
  async ({ services }, { body }, { user }) => {
    const email = body?.email;
    if (email === undefined && !user) return problem('unauthenticated', { detail: 'Log in, or name an address.' });
    const of = email === undefined ? { case: 'userId' as const, value: user?.id ?? '' } : { case: 'email' as const, value: email };
    await services.user.requestProof({ purpose: ProofPurpose.VERIFY, of });
    return { status: 202 };
  },
);
