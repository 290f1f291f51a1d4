import type { Session } from '@ticketing/contracts/gen/ticketing/user/v1/user_pb';
import { limits } from '@ticketing/contracts/limits';
import { z } from 'zod';
import { anyone } from '../auth/access.ts';
import { isoTime } from '../http/answers.ts';
import { emailAddress, secret, shownInstant } from '../http/fields.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';

const sessionSchema = z
  .object({ accessToken: z.string().meta({ description: 'A JWT.' }), tokenType: z.literal('Bearer'), expiresAt: shownInstant })
  .meta({ id: 'Session', description: 'Send the token as `Authorization: Bearer …`.' });

export const logIn = defineRoute(
  {
    method: 'post',
    path: '/api/v1/sessions',
    operationId: 'logIn',
    summary: 'Log in',
    tag: 'Accounts',
    access: anyone,
    limit: 'credentials',
    // A password that could not have been set is just a wrong one.
    input: { body: z.strictObject({ email: emailAddress, password: secret(1, limits.password) }).meta({ id: 'LogIn' }) },
    responses: { 201: sessionSchema },
    problems: ['invalid-credentials', 'too-many-attempts'],
  },
  async ({ services }, { body }, _caller, clientAddress) => {
    const { result } = await services.user.logIn({ ...body, clientAddress });
    if (result.case !== 'session') return refused(result);
    return { status: 201, body: toSession(result.value) };
  },
);

function toSession({ accessToken, expiresAt }: Session): z.output<typeof sessionSchema> {
  return { accessToken, tokenType: 'Bearer', expiresAt: isoTime(expiresAt) };
}
