import { z } from 'zod';
import { role, toActor } from '../auth/access.ts';
import { id } from '../http/fields.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';

export const deleteWebhook = defineRoute(
  {
    method: 'delete',
    path: '/api/v1/admin/webhooks/{id}',
    operationId: 'deleteWebhook',
    summary: 'End a webhook and all its deliveries',
    tag: 'Administration',
    access: role('organiser', 'operator'),
    input: { params: z.object({ id }) },
    responses: { 204: null },
    problems: ['webhook-not-found'],
    absent: 'webhook-not-found',
  },
  async ({ services }, { params }, { user }) => {
    const { refusal } = await services.webhooks.deleteWebhook({ actor: toActor(user), webhookId: params.id });
    return refusal ? refused({ case: 'refusal', value: refusal }) : { status: 204 };
  },
);
