import { signedIn } from '../auth/access.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';
import { orAccountGone, toUser, userSchema } from './user.ts';

export const whoAmI = defineRoute(
  {
    method: 'get',
    path: '/api/v1/users/me',
    operationId: 'whoAmI',
    summary: 'Who am I',
    tag: 'Accounts',
    access: signedIn,
    input: {},
    responses: { 200: userSchema },
    problems: [],
  },
  async ({ services }, _input, { user }) => {
    const { result } = await services.user.getUser({ userId: user.id });
    return result.case === 'user' ? { status: 200, body: toUser(result.value) } : orAccountGone(refused(result));
  },
);
