import { z } from 'zod';
import { role } from '../auth/access.ts';
import { id, optionalIdempotencyKey, shownId } from '../http/fields.ts';
import { isProblem, refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';
import { findAmong, letterKeepers } from './operators.ts';

export const redriveDeadLetter = defineRoute(
  {
    method: 'post',
    path: '/api/v1/admin/dead-letters/{id}/redrive',
    operationId: 'redriveDeadLetter',
    summary: 'Redrive a dead letter: give its event to the consumer again',
    description:
      'The letter is REDRIVEN once the consumer has taken it, and PARKED again, with the new error, when the consumer fails again.',
    tag: 'Administration',
    access: role('operator'),
    input: { params: z.object({ id }), body: z.strictObject({}).optional(), idempotencyKey: optionalIdempotencyKey },
    responses: { 202: z.object({ id: shownId, status: z.literal('REDRIVING') }).meta({ id: 'RedrivenLetter' }) },
    problems: ['dead-letter-not-found', 'dead-letter-not-parked'],
    absent: 'dead-letter-not-found',
  },
  async ({ services }, { params, idempotencyKey }, { user }) => {
    const asked = letterKeepers(undefined).map((keeper) => services.operations[keeper]);
    const redriven = await findAmong(asked, 'dead-letter-not-found', async (keeper) => {
      const { result } = await keeper.redriveDeadLetters({ actorId: user.id, id: params.id, idempotencyKey });
      return result.case === 'redriven' ? result.value : refused(result);
    });
    if (isProblem(redriven)) return redriven;
    return { status: 202, body: { id: params.id, status: 'REDRIVING' as const } };
  },
);
