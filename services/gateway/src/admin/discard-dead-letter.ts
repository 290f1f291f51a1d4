import { z } from 'zod';
import { role } from '../auth/access.ts';
import { id, line, optionalIdempotencyKey } from '../http/fields.ts';
import { isProblem, refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';
import { deadLetterSchema, toDeadLetter } from './dead-letter.ts';
import { findAmong, letterKeepers } from './operators.ts';

export const discardDeadLetter = defineRoute(
  {
    method: 'post',
    path: '/api/v1/admin/dead-letters/{id}/discard',
    operationId: 'discardDeadLetter',
    summary: 'Discard a dead letter',
    tag: 'Administration',
    access: role('operator'),
    input: {
      params: z.object({ id }),
      body: z.strictObject({ reason: line(1, 500) }).meta({ id: 'DiscardDeadLetter' }),
      idempotencyKey: optionalIdempotencyKey,
    },
    responses: { 200: deadLetterSchema },
    problems: ['dead-letter-not-found', 'dead-letter-not-parked'],
    absent: 'dead-letter-not-found',
  },
  async ({ services }, { params, body, idempotencyKey }, { user }) => {
    const asked = letterKeepers(undefined).map((keeper) => services.operations[keeper]);
    const letter = await findAmong(asked, 'dead-letter-not-found', async (keeper) => {
      const { result } = await keeper.discardDeadLetter({ actorId: user.id, id: params.id, reason: body.reason, idempotencyKey });
      return result.case === 'deadLetter' ? result.value : refused(result);
    });
    if (isProblem(letter)) return letter;
    return { status: 200, body: toDeadLetter(letter) };
  },
);
