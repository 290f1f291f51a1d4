import type { EventType } from './events.ts';

/** The events that webhooks can get. Their data name people by id only. */
export const webhookTypes = [
  ...(['performance.scheduled', 'performance.rescheduled', 'performance.cancelled'] as const),
  ...(['reservation.confirmed', 'reservation.partly-refunded', 'reservation.refunded'] as const),
] as const satisfies EventType[];

export type WebhookType = (typeof webhookTypes)[number];
