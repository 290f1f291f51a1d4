import { type EventData, type EventType, parseEvent } from '@ticketing/contracts/events';
import { json, type RequestHandler, Router } from 'express';
import { z } from 'zod';
import { type Database, idToBinary, isDuplicateKey, type Queryable } from './database.ts';
import { contextFrom, createCounter, inSpan, SpanKind } from './telemetry.ts';

const consumed = createCounter('ticketing_events_consumed_total', 'Events that a handler took, by type');

/** A handler for one type of event, made by `on` or `once`. */
export interface EventHandler {
  type: EventType;
  /** Says `unreadable` when the data does not fit the type, which no later try can change. */
  handle: (data: unknown, eventId: string) => Promise<'done' | 'unreadable'>;
}

/** Handles every delivery of an event, so the work must be idempotent by itself. */
export function on<T extends EventType>(type: T, work: (data: EventData<T>) => Promise<void>): EventHandler {
  return {
    type,
    handle: async (data) => {
      const event = parseEvent(type, data);
      if (!event) return 'unreadable';
      await work(event);
      return 'done';
    },
  };
}

/**
 * Handles an event once, however often it is delivered: its id is written in the transaction of its effect,
 * and a second delivery violates the primary key.
 */
export function once<T extends EventType>(db: Database, type: T, work: (tx: Queryable, data: EventData<T>) => Promise<void>): EventHandler {
  return {
    type,
    handle: async (data, eventId) => {
      const parsed = parseEvent(type, data);
      if (!parsed) return 'unreadable';
      try {
        await db.transaction(async (tx) => {
          await tx.execute('INSERT INTO inbox_events (event_id) VALUES (?)', [idToBinary(eventId)]);
          await work(tx, parsed);
        });
      } catch (error) {
        if (!(isDuplicateKey(error) && (await isInInbox(db, eventId)))) throw error;
      }
      return 'done';
    },
  };
}

async function isInInbox(db: Database, eventId: string): Promise<boolean> {
  const rows = await db.query('SELECT 1 FROM inbox_events WHERE event_id = ?', [idToBinary(eventId)]);
  return rows.length > 0;
}

const cloudEvent = z.object({
  id: z.uuid(),
  type: z.string(),
  data: z.unknown(),
  traceparent: z.string().optional(),
});

/**
 * Receives the events that the sidecar delivers at POST /events/{topic} (see components/subscriptions). Types without a handler are
 * acknowledged. A handler that throws makes the sidecar deliver again and, after bounded retries, move the event to the dead-letter topic;
 * an event that cannot be read goes there at once.
 */
export function receiveEvents(handlers: EventHandler[]): Router {
  const byType = new Map<string, EventHandler>(handlers.map((handler) => [handler.type, handler]));
  const receive: RequestHandler = async (request, response) => {
    response.locals.route = '/events/:topic';
    const parsed = cloudEvent.safeParse(request.body);
    if (!parsed.success) {
      // Not even an event: no later try will read it, so it goes to the dead-letter topic at once.
      response.json({ status: 'DROP' });
      return;
    }
    const event = parsed.data;
    const handler = byType.get(event.type);
    if (handler) {
      const parent = contextFrom({ traceparent: event.traceparent });
      const attributes = { 'messaging.message.id': event.id };
      const handle = () => handler.handle(event.data, event.id);
      const outcome = await inSpan(`consume ${event.type}`, { kind: SpanKind.CONSUMER, parent, attributes }, handle);
      if (outcome === 'unreadable') {
        response.json({ status: 'DROP' });
        return;
      }
      consumed.add(1, { type: event.type });
    }
    response.json({ status: 'SUCCESS' });
  };
  const router = Router();
  router.post('/events/:topic', json({ type: '*/*', limit: '1mb' }), receive);
  return router;
}
