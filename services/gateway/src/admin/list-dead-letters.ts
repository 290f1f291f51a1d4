import { z } from 'zod';
import { role } from '../auth/access.ts';
import { cursor, limit, nextCursor } from '../http/fields.ts';
import { isProblem } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';
import { deadLetterSchema, letterStatuses, toDeadLetter } from './dead-letter.ts';
import { consumers, letterKeepers, mergePages } from './operators.ts';

export const listDeadLetters = defineRoute(
  {
    method: 'get',
    path: '/api/v1/admin/dead-letters',
    operationId: 'listDeadLetters',
    summary: 'Events that consumers could not take, newest first',
    tag: 'Administration',
    access: role('operator'),
    input: {
      query: z.strictObject({ service: z.enum(consumers).optional(), status: z.enum(letterStatuses).optional(), limit, cursor }),
    },
    responses: { 200: z.object({ items: z.array(deadLetterSchema), nextCursor }).meta({ id: 'DeadLetterPage' }) },
    problems: ['invalid-cursor'],
  },
  async ({ services }, { query }) => {
    const { service, status = '' } = query;
    const asked = letterKeepers(service).map((keeper) => services.operations[keeper]);
    const page = await mergePages(asked, query, (keeper, part) => keeper.listDeadLetters({ ...part, service: service ?? '', status }));
    if (isProblem(page)) return page;
    return { status: 200, body: { items: page.items.map(toDeadLetter), nextCursor: page.nextCursor } };
  },
);
