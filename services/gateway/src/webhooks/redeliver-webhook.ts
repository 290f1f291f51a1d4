import { z } from 'zod';
import { role, toActor } from '../auth/access.ts';
import { id, optionalIdempotencyKey } from '../http/fields.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';
import { deliverySchema, toDelivery } from './webhook.ts';

export const redeliverWebhook = defineRoute(
  {
    method: 'post',
    path: '/api/v1/admin/webhooks/{id}/deliveries/{did}/redeliver',
    operationId: 'redeliverWebhook',
    summary: 'Send an event to a webhook again',
    description: 'Under the same `webhook-id`, whatever became of it before, with another day of tries.',
    tag: 'Administration',
    access: role('organiser', 'operator'),
    input: { params: z.object({ id, did: id }), body: z.strictObject({}).optional(), idempotencyKey: optionalIdempotencyKey },
    responses: { 202: deliverySchema },
    problems: ['webhook-not-found', 'delivery-not-found'],
    absent: 'delivery-not-found',
  },
  async ({ services }, { params, idempotencyKey }, { user }) => {
    const request = { actor: toActor(user), webhookId: params.id, deliveryId: params.did, idempotencyKey };
    const { result } = await services.webhooks.redeliverWebhook(request);
    return result.case === 'delivery' ? { status: 202, body: toDelivery(result.value) } : refused(result);
  },
);
