import { z } from 'zod';
import { role } from '../auth/access.ts';
import { emailAddress } from '../http/fields.ts';
import { defineRoute } from '../http/route.ts';
import { managedUserSchema, toManagedUser } from './managed-user.ts';

export const findUsers = defineRoute(
  {
    method: 'get',
    path: '/api/v1/admin/users',
    operationId: 'findUsers',
    summary: 'The account of an address',
    description: 'The whole address, however it is written; nothing is found by a part of it.',
    tag: 'Administration',
    access: role('operator'),
    input: { query: z.strictObject({ email: emailAddress }) },
    responses: { 200: z.object({ items: z.array(managedUserSchema) }).meta({ id: 'ManagedUsers' }) },
    problems: [],
  },
  async ({ services }, { query }) => {
    const { user } = await services.user.findUser(query);
    return { status: 200, body: { items: user ? [toManagedUser(user)] : [] } };
  },
);
