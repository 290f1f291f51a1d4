import { limits } from '@ticketing/contracts/limits';
import { z } from 'zod';
import { signedIn } from '../auth/access.ts';
import { noSessionCookie } from '../auth/session-cookie.ts';
import { secret } from '../http/fields.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';
import { orAccountGone } from './user.ts';

export const deleteMe = defineRoute(
  {
    method: 'delete',
    path: '/api/v1/users/me',
    operationId: 'deleteMe',
    summary: 'Delete my account',
    description:
      'Erases name, address and password, and ends all sessions. What was bought and paid stays in the books, under the id alone.',
    tag: 'Accounts',
    access: signedIn,
    addressLimit: 'credentials',
    input: {
      body: z
        .strictObject({
          password: secret(1, limits.password),
          force: z
            .boolean()
            .default(false)
            .meta({ description: 'Also with tickets for performances to come, which nobody can show then.' }),
        })
        .meta({ id: 'DeleteMe' }),
    },
    responses: { 204: null },
    problems: ['wrong-password', 'too-many-attempts', 'tickets-live'],
  },
  async ({ services, endedSessions }, { body }, { user, by }, clientAddress) => {
    const { refusal } = await services.user.deleteUser({ userId: user.id, ...body, clientAddress });
    if (refusal) return orAccountGone(refused({ case: 'refusal', value: refusal }));
    if (user.sessionId !== undefined) endedSessions.add(user.sessionId);
    return { status: 204, ...(by === 'cookie' && { headers: { 'set-cookie': noSessionCookie } }) };
  },
);
