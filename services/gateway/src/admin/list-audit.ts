import { z } from 'zod';
import { role } from '../auth/access.ts';
import { isoTime } from '../http/answers.ts';
import { cursor, limit, nextCursor, shownId, shownInstant } from '../http/fields.ts';
import { isProblem } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';
import { keepers, mergePages } from './operators.ts';

const entrySchema = z
  .object({
    id: shownId,
    actorId: shownId.meta({ description: 'The account of the operator.' }),
    action: z.string().meta({ example: 'saga.force' }),
    subject: z.string().meta({ description: 'What was changed.' }),
    detail: z.record(z.string(), z.unknown()),
    at: shownInstant,
  })
  .meta({ id: 'AuditEntry', description: 'What an operator did.' });

const detailText = z.record(z.string(), z.unknown());

export const listAudit = defineRoute(
  {
    method: 'get',
    path: '/api/v1/admin/audit',
    operationId: 'listAudit',
    summary: 'Who did what, newest first',
    tag: 'Administration',
    access: role('operator'),
    input: { query: z.strictObject({ limit, cursor }) },
    responses: { 200: z.object({ items: z.array(entrySchema), nextCursor }).meta({ id: 'AuditPage' }) },
    problems: ['invalid-cursor'],
  },
  async ({ services }, { query }) => {
    const asked = keepers.map((keeper) => services.operations[keeper]);
    const page = await mergePages(asked, query, (keeper, part) => keeper.listAudit(part));
    if (isProblem(page)) return page;
    const items = page.items.map(({ id, actorId, action, subject, detailJson, at }) => ({
      ...{ id, actorId, action, subject },
      detail: detailText.parse(JSON.parse(detailJson)),
      at: isoTime(at),
    }));
    return { status: 200, body: { items, nextCursor: page.nextCursor } };
  },
);
