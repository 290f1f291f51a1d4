import { z } from 'zod';
import { role } from '../auth/access.ts';
import { optionalIdempotencyKey } from '../http/fields.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';
import { consumers, letterKeepers } from './operators.ts';

export const redriveDeadLetters = defineRoute(
  {
    method: 'post',
    path: '/api/v1/admin/dead-letters/redrive',
    operationId: 'redriveDeadLetters',
    summary: 'Give all parked events to their consumers again',
    tag: 'Administration',
    access: role('operator'),
    input: { body: z.strictObject({ service: z.enum(consumers).optional() }).optional(), idempotencyKey: optionalIdempotencyKey },
    responses: {
      202: z.object({ redriven: z.int().meta({ description: 'How many are on their way.' }) }).meta({ id: 'RedrivenLetters' }),
    },
    problems: [],
  },
  async ({ services }, { body, idempotencyKey }, { user }) => {
    let count = 0;
    for (const keeper of letterKeepers(body?.service)) {
      const { result } = await services.operations[keeper].redriveDeadLetters({
        actorId: user.id,
        service: body?.service ?? '',
        idempotencyKey,
      });
      if (result.case !== 'redriven') return refused(result);
      count += result.value.count;
    }
    return { status: 202, body: { redriven: count } };
  },
);
