import { z } from 'zod';
import { role, toActor } from '../auth/access.ts';
import { emailAddress, id, optionalIdempotencyKey, shownId } from '../http/fields.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';

export const mendEmail = defineRoute(
  {
    method: 'post',
    path: '/api/v1/admin/users/{id}/email',
    operationId: 'mendEmail',
    summary: 'Put another address in the place of a mistyped one',
    description: 'A token that verifies it is sent there. Tokens that were sent before are no good any more.',
    tag: 'Administration',
    access: role('operator'),
    input: {
      params: z.object({ id }),
      body: z.strictObject({ email: emailAddress }).meta({ id: 'MendEmail' }),
      idempotencyKey: optionalIdempotencyKey,
    },
    responses: { 202: z.object({ id: shownId }).meta({ id: 'MendedEmail' }) },
    problems: ['user-not-found', 'email-taken'],
    absent: 'user-not-found',
  },
  async ({ services }, { params, body, idempotencyKey }, { user }) => {
    const { result } = await services.user.mendEmail({ actor: toActor(user), userId: params.id, ...body, idempotencyKey });
    return result.case === 'mended' ? { status: 202, body: { id: result.value.userId } } : refused(result);
  },
);
