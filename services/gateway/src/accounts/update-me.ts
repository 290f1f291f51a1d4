import { limits } from '@ticketing/contracts/limits';
import { z } from 'zod';
import { signedIn } from '../auth/access.ts';
import { line } from '../http/fields.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';
import { localeField, orAccountGone, toUser, userSchema } from './user.ts';

export const updateMe = defineRoute(
  {
    method: 'patch',
    path: '/api/v1/users/me',
    operationId: 'updateMe',
    summary: 'Change my name or language',
    tag: 'Accounts',
    access: signedIn,
    input: {
      body: z.strictObject({ name: line(1, limits.personName).optional(), locale: localeField.optional() }).meta({ id: 'UpdateMe' }),
    },
    responses: { 200: userSchema },
    problems: [],
  },
  async ({ services }, { body: { name, locale } }, { user }) => {
    const change = { ...(name !== undefined && { name }), ...(locale !== undefined && { locale }) };
    const { result } = await services.user.updateUser({ userId: user.id, ...change });
    return result.case === 'user' ? { status: 200, body: toUser(result.value) } : orAccountGone(refused(result));
  },
);
