import { limits } from '@ticketing/contracts/limits';
import { z } from 'zod';
import { anyPage } from '../auth/access.ts';
import { emailAddress, secret } from '../http/fields.ts';
import { problem, refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';
import { answerSession, sessionSchema } from './session.ts';

export const logIn = defineRoute(
  {
    method: 'post',
    path: '/api/v1/sessions',
    operationId: 'logIn',
    summary: 'Log in',
    description: 'A page of the same origin may ask for a browser session: its token is in a cookie, which no script can read.',
    tag: 'Accounts',
    access: anyPage,
    limit: 'credentials',
    // A password that could not have been set is just a wrong one.
    input: {
      body: z
        .strictObject({ email: emailAddress, password: secret(1, limits.password), session: z.literal('cookie').optional() })
        .meta({ id: 'LogIn' }),
    },
    responses: { 201: sessionSchema },
    problems: ['invalid-credentials', 'too-many-attempts', 'cross-site-request'],
  },
  async ({ services }, { body: { session, ...credentials } }, { isSameOrigin }, clientAddress) => {
    const asCookie = session === 'cookie';
    if (asCookie && !isSameOrigin) return problem('cross-site-request', { detail: 'Only a page of this origin gets a cookie.' });
    const { result } = await services.user.logIn({ ...credentials, clientAddress });
    return result.case === 'session' ? answerSession(result.value, asCookie) : refused(result);
  },
);
