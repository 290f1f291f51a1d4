import type { z } from 'zod';
import { cacheInvalidationEvents } from './events/cache-invalidations.ts';
import { paymentEvents } from './events/payments.ts';
import { performanceEvents } from './events/performances.ts';
import { reservationEvents } from './events/reservations.ts';
import { userEvents } from './events/users.ts';

/** Every event of the product by Kafka topic and type. docs/events.md is generated from it. */
export const topics = {
  users: userEvents,
  performances: performanceEvents,
  reservations: reservationEvents,
  payments: paymentEvents,
  'cache-invalidations': cacheInvalidationEvents,
} as const;

const schemas = { ...userEvents, ...performanceEvents, ...reservationEvents, ...paymentEvents, ...cacheInvalidationEvents } as const;

/** For example `reservation.confirmed`. */
export type EventType = keyof typeof schemas;
export type EventData<T extends EventType> = z.infer<(typeof schemas)[T]>;

export function isEventType(type: string): type is EventType {
  return Object.hasOwn(schemas, type);
}

/** The Kafka topic that carries a type of event. */
export function topicOf(type: EventType): string {
  const found = Object.entries(topics).find(([, events]) => Object.hasOwn(events, type));
  if (!found) throw new Error(`no topic carries ${type}`);
  return found[0];
}

/** The data of an event; undefined when it does not fit the type's schema. */
export function parseEvent<T extends EventType>(type: T, data: unknown): EventData<T> | undefined {
  const byType: { [E in EventType]: z.ZodType<EventData<E>> } = schemas;
  return byType[type].safeParse(data).data;
}
