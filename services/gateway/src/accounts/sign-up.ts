import { limits } from '@ticketing/contracts/limits';
import { z } from 'zod';
import { anyone } from '../auth/access.ts';
import { emailAddress, line, secret } from '../http/fields.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';
import { localeField, newUserSchema } from './user.ts';

export const signUp = defineRoute(
  {
    method: 'post',
    path: '/api/v1/users',
    operationId: 'signUp',
    summary: 'Sign up',
    tag: 'Accounts',
    access: anyone,
    limit: 'credentials',
    input: {
      body: z
        .strictObject({
          email: emailAddress,
          password: secret(8, limits.password),
          name: line(1, limits.personName),
          locale: localeField.optional(),
        })
        .meta({ id: 'SignUp' }),
    },
    responses: { 201: newUserSchema },
    problems: ['email-taken'],
  },
  async ({ services }, { body: { locale = '', ...body } }, _caller, clientAddress) => {
    const { result } = await services.user.signUp({ ...body, locale, clientAddress });
    if (result.case !== 'user') return refused(result);
    const { id, email, name } = result.value;
    return { status: 201, headers: { location: '/api/v1/users/me' }, body: { id, email, name } };
  },
);
