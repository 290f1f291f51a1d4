import type { Delivery, Webhook } from '@ticketing/contracts/gen/ticketing/concert/v1/webhooks_pb';
import { webhookTypes } from '@ticketing/contracts/webhook-types';
import { z } from 'zod';
import { isoTime, oneOf, orNull } from '../http/answers.ts';
import { shownId, shownInstant } from '../http/fields.ts';

export const webhookFields = {
  id: shownId,
  url: z.string().meta({ example: 'https://crm.example.org/tickets' }),
  types: z.array(z.enum(webhookTypes)),
  createdAt: shownInstant,
};

export const webhookSchema = z
  .object(webhookFields)
  .meta({ id: 'Webhook', description: 'An address that gets the events of its owner’s concerts.' });

export function toWebhook({ id, url, types, createdAt }: Webhook): z.output<typeof webhookSchema> {
  return { id, url, types: types.map((type) => oneOf(webhookTypes, type)), createdAt: isoTime(createdAt) };
}

export const deliveryStatuses = ['PENDING', 'DELIVERED', 'DEAD'] as const;

export const deliverySchema = z
  .object({
    id: shownId.meta({ description: 'Sent as `webhook-id`, the same for every attempt.' }),
    type: z.enum(webhookTypes),
    status: z.enum(deliveryStatuses).meta({ description: '`DEAD`: it was tried for a day.' }),
    attempts: z.int(),
    createdAt: shownInstant,
    nextAttemptAt: shownInstant.nullable(),
    lastError: z.string().nullable().meta({ description: 'Why the last attempt failed.' }),
  })
  .meta({ id: 'WebhookDelivery', description: 'An event on its way to a webhook.' });

export function toDelivery(delivery: Delivery): z.output<typeof deliverySchema> {
  const { id, type, status, attempts, createdAt, nextAttemptAt, lastError } = delivery;
  return {
    ...{ id, type: oneOf(webhookTypes, type), status: oneOf(deliveryStatuses, status), attempts, createdAt: isoTime(createdAt) },
    nextAttemptAt: nextAttemptAt ? isoTime(nextAttemptAt) : null,
    lastError: orNull(lastError),
  };
}
