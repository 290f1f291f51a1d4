import { z } from 'zod';
import { role, toActor } from '../auth/access.ts';
import { orNull } from '../http/answers.ts';
import { cursor, limit, nextCursor } from '../http/fields.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';
import { toWebhook, webhookSchema } from './webhook.ts';

export const listWebhooks = defineRoute(
  {
    method: 'get',
    path: '/api/v1/admin/webhooks',
    operationId: 'listWebhooks',
    summary: 'Your webhooks, newest first; to operators all',
    tag: 'Administration',
    access: role('organiser', 'operator'),
    input: { query: z.strictObject({ limit, cursor }) },
    responses: { 200: z.object({ items: z.array(webhookSchema), nextCursor }).meta({ id: 'WebhookPage' }) },
    problems: ['invalid-cursor'],
  },
  async ({ services }, { query }, { user }) => {
    const { result } = await services.webhooks.listWebhooks({ actor: toActor(user), limit: query.limit, cursor: query.cursor ?? '' });
    if (result.case !== 'page') return refused(result);
    return { status: 200, body: { items: result.value.items.map(toWebhook), nextCursor: orNull(result.value.nextCursor) } };
  },
);
