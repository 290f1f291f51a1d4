import { signedIn } from '../auth/access.ts';
import { noSessionCookie } from '../auth/session-cookie.ts';
import { problem } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';

export const logOut = defineRoute(
  {
    method: 'delete',
    path: '/api/v1/sessions/current',
    operationId: 'logOut',
    summary: 'Log out',
    description: 'Ends the session: within seconds no token of it is good any more.',
    tag: 'Accounts',
    access: signedIn,
    input: {},
    responses: { 204: null },
    problems: [],
  },
  async ({ services, endedSessions }, _input, { user, by }) => {
    const { id: userId, sessionId } = user;
    if (sessionId === undefined) return problem('unauthenticated', { detail: 'The token has no session that could be ended.' });
    await services.user.endSession({ userId, sessionId });
    endedSessions.add(sessionId);
    return { status: 204, ...(by === 'cookie' && { headers: { 'set-cookie': noSessionCookie } }) };
  },
);
