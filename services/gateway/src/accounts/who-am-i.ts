import { signedIn } from '../auth/access.ts';
import { problem, refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';
import { userSchema } from './user.ts';

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
    if (result.case === 'user') {
      const { id, email, name, roles } = result.value;
      return { status: 200, body: { id, email, name, roles } };
    }
    const refusal = refused(result);
    if (refusal.code === 'user-not-found') return problem('unauthenticated', { detail: 'The account of this token is gone.' });
    return refusal;
  },
);
