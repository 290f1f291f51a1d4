import { roles } from '@ticketing/contracts/roles';
import { z } from 'zod';
import { role, toActor } from '../auth/access.ts';
import { id } from '../http/fields.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';
import { managedUserSchema, toManagedUser } from './managed-user.ts';

export const setRoles = defineRoute(
  {
    method: 'put',
    path: '/api/v1/admin/users/{id}/roles',
    operationId: 'setRoles',
    summary: 'Give an account these roles, and take all others from it',
    description: 'Ends the sessions of the account where that changes anything, so that the roles of old tokens are gone within seconds.',
    tag: 'Administration',
    access: role('operator'),
    input: { params: z.object({ id }), body: z.strictObject({ roles: z.array(z.enum(roles)).max(roles.length) }).meta({ id: 'SetRoles' }) },
    responses: { 200: managedUserSchema },
    problems: ['user-not-found', 'own-operator-role'],
    absent: 'user-not-found',
  },
  async ({ services }, { params, body }, { user }) => {
    const { result } = await services.user.setRoles({ actor: toActor(user), userId: params.id, ...body });
    return result.case === 'user' ? { status: 200, body: toManagedUser(result.value) } : refused(result);
  },
);
