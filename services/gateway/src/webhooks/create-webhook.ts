import { limits } from '@ticketing/contracts/limits';
import { webhookTypes } from '@ticketing/contracts/webhook-types';
import { z } from 'zod';
import { role, toActor } from '../auth/access.ts';
import { optionalIdempotencyKey } from '../http/fields.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';
import { toWebhook, webhookFields } from './webhook.ts';

const url = z
  .url({ protocol: /^https?$/ })
  .max(limits.webhookUrl)
  .meta({ example: 'https://crm.example.org/tickets' });

export const createWebhook = defineRoute(
  {
    method: 'post',
    path: '/api/v1/admin/webhooks',
    operationId: 'createWebhook',
    summary: 'Have events of your concerts sent to an address',
    description:
      'Each event is sent as a POST with `{type, timestamp, data}`; `data` are those of the event (docs/events.md) and name people by id only. It is signed ' +
      'as the Standard Webhooks specification says (`webhook-id`, `webhook-timestamp`, `webhook-signature`). An answer of 2xx within ten seconds takes ' +
      'it; anything else is tried again for a day. Events may come twice, under one `webhook-id`, and in another order. The secret is shown here only.',
    tag: 'Administration',
    access: role('organiser', 'operator'),
    input: {
      body: z
        .strictObject({
          url,
          types: z
            .array(z.enum(webhookTypes))
            .min(1)
            .refine((types) => new Set(types).size === types.length, 'Must not name a type twice')
            .optional()
            .meta({ description: 'All when left out.' }),
        })
        .meta({ id: 'CreateWebhook' }),
      idempotencyKey: optionalIdempotencyKey,
    },
    responses: { 201: z.object({ ...webhookFields, secret: z.string().meta({ example: 'whsec_…' }) }).meta({ id: 'NewWebhook' }) },
    problems: ['webhooks-off', 'webhook-url-refused', 'too-many-webhooks'],
  },
  async ({ services }, { body: { url: address, types = [] }, idempotencyKey }, { user }) => {
    const { result } = await services.webhooks.createWebhook({ actor: toActor(user), url: address, types, idempotencyKey });
    if (result.case !== 'created') {
      const refusal = refused(result);
      const errors = [{ path: 'url', message: refusal.detail ?? '' }];
      return refusal.code === 'webhook-url-refused' ? { ...refusal, errors } : refusal;
    }
    const { webhook, secret } = result.value;
    if (!webhook) throw new Error('the service left the webhook out');
    return { status: 201, headers: { location: `/api/v1/admin/webhooks/${webhook.id}` }, body: { ...toWebhook(webhook), secret } };
  },
);
