import { signedIn } from '../auth/access.ts';
import { problem } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';
import { answerSession, sessionSchema } from './session.ts';

export const refreshSession = defineRoute(
  {
    method: 'post',
    path: '/api/v1/sessions/refresh',
    operationId: 'refreshSession',
    summary: 'Get another token of the same session',
    description: 'With the roles of now, and with `verified` as it is now. A session ends 12 hours after its log-in.',
    tag: 'Accounts',
    access: signedIn,
    input: {},
    responses: { 201: sessionSchema },
    problems: [],
  },
  async ({ services }, _input, { user, by }) => {
    const { result } = await services.user.refreshSession({ userId: user.id, sessionId: user.sessionId ?? noSession });
    if (result.case === 'session') return answerSession(result.value, by === 'cookie');
    if (result.case === undefined) throw new Error('the service gave an empty answer');
    return problem('unauthenticated', { detail: result.value.detail });
  },
);

/** A token of the version before belongs to no session. */
const noSession = '00000000-0000-0000-0000-000000000000';
