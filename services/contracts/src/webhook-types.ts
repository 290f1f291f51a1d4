import type { EventType } from './events.ts';

/** The events that webhooks can get. Their data name people by id only. */
export const webhookTypes = ['performance.scheduled', 'reservation.confirmed', 'reservation.refunded'] as const satisfies EventType[];

export type WebhookType = (typeof webhookTypes)[number];
