import { z } from 'zod';
import { role, toActor } from '../auth/access.ts';
import { orNull } from '../http/answers.ts';
import { cursor, id, limit, nextCursor } from '../http/fields.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';
import { deliverySchema, deliveryStatuses, toDelivery } from './webhook.ts';

export const listDeliveries = defineRoute(
  {
    method: 'get',
    path: '/api/v1/admin/webhooks/{id}/deliveries',
    operationId: 'listWebhookDeliveries',
    summary: 'What was sent to a webhook and what will be, newest first',
    description: 'Kept for two weeks after its end.',
    tag: 'Administration',
    access: role('organiser', 'operator'),
    input: { params: z.object({ id }), query: z.strictObject({ status: z.enum(deliveryStatuses).optional(), limit, cursor }) },
    responses: { 200: z.object({ items: z.array(deliverySchema), nextCursor }).meta({ id: 'WebhookDeliveryPage' }) },
    problems: ['webhook-not-found', 'invalid-cursor'],
    absent: 'webhook-not-found',
  },
  async ({ services }, { params, query: { status = '', limit: most, cursor: from = '' } }, { user }) => {
    const { result } = await services.webhooks.listDeliveries({
      actor: toActor(user),
      webhookId: params.id,
      status,
      limit: most,
      cursor: from,
    });
    if (result.case !== 'page') return refused(result);
    return { status: 200, body: { items: result.value.items.map(toDelivery), nextCursor: orNull(result.value.nextCursor) } };
  },
);
