import { type EventData, type EventType, parseEvent } from '@ticketing/contracts/events';
import { json, type RequestHandler, type Response, Router } from 'express';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import type { ServiceConfig } from './config.ts';
import { crashPoint } from './crash-point.ts';
import type { Sidecar } from './dapr.ts';
import { type Database, idToBinary, isDuplicateKey, newId, type Queryable } from './database.ts';
import { type DeadLetterMessage, deadLetterTopic, deadLetterType } from './dead-letter-message.ts';
import type { Logger } from './log.ts';
import { isOutage } from './outage.ts';
import { contextFrom, createCounter, inSpan, SpanKind } from './telemetry.ts';

const consumed = createCounter('ticketing_events_consumed_total', 'Events that a handler took, by type');
const givenUp = createCounter('ticketing_events_given_up_total', 'Events that went to the dead letters, by type');

/** A handler for one type of event, made by `on`, `once` or `project`. */
export interface EventHandler {
  type: EventType;
  /** Says `unreadable` when the data does not fit the type, which no later try can change. */
  handle: (data: unknown, eventId: string) => Promise<'done' | 'unreadable'>;
  /** Only what is derived from events takes them again when an operator replays them. */
  takesReplays: boolean;
}

/** Handles every delivery of an event but replays, so the work must be idempotent by itself. */
export function on<T extends EventType>(type: T, work: (data: EventData<T>) => Promise<void>): EventHandler {
  return { ...project(type, work), takesReplays: false };
}

/** Like `on`, and takes replays too: for a projection that ends in the same state after any order and any repetition of events. */
export function project<T extends EventType>(type: T, work: (data: EventData<T>) => Promise<void>): EventHandler {
  return {
    type,
    takesReplays: true,
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
 * and a second delivery violates the primary key. Replays are left alone, because the inbox forgets after some weeks.
 */
export function once<T extends EventType>(db: Database, type: T, work: (tx: Queryable, data: EventData<T>) => Promise<void>): EventHandler {
  return {
    type,
    takesReplays: false,
    handle: async (data, eventId) => {
      const parsed = parseEvent(type, data);
      if (!parsed) return 'unreadable';
      await takeOnce(db, eventId, (tx) => work(tx, parsed));
      return 'done';
    },
  };
}

/** Does the work of a message in the transaction that writes its id into the inbox; a message that is there already has no effect. */
export async function takeOnce(db: Database, messageId: string, work: (tx: Queryable) => Promise<void>): Promise<void> {
  try {
    await db.transaction(async (tx) => {
      await tx.execute('INSERT INTO inbox_events (event_id) VALUES (?)', [idToBinary(messageId)]);
      await work(tx);
      await crashPoint('inbox.before-commit');
    });
    await crashPoint('inbox.after-commit');
  } catch (error) {
    if (!(isDuplicateKey(error) && (await isInInbox(db, messageId)))) throw error;
  }
}

async function isInInbox(db: Database, eventId: string): Promise<boolean> {
  const rows = await db.query('SELECT 1 FROM inbox_events WHERE event_id = ?', [idToBinary(eventId)]);
  return rows.length > 0;
}

/** An event as the sidecar delivers it. */
const cloudEvent = z.object({
  id: z.uuid(),
  type: z.string(),
  data: z.unknown(),
  traceparent: z.string().optional(),
  replay: z.string().optional(),
});

export interface Consumer {
  /** The app id, which names the dead-letter topic too. */
  service: string;
  sidecar: Pick<Sidecar, 'publish'>;
  log: Logger;
  /** Throws while the service can't do its work, whatever the event. */
  ready: () => Promise<void>;
}

/** A service with a database as a consumer. */
export function consumerOf(ctx: { config: ServiceConfig; sidecar: Sidecar; log: Logger; db: Database }): Consumer {
  return { service: ctx.config.APP_ID, sidecar: ctx.sidecar, log: ctx.log, ready: ctx.db.check };
}

/** An event that fails so often while the service is well is at fault itself. */
const mostTries = 5;

/**
 * Receives the events that the sidecar delivers at POST /events/{topic} (see components/subscriptions). Types without a handler are
 * acknowledged.
 *
 * A handler that throws makes the sidecar deliver again. While something that the service needs is out, that goes on until it is back. An event
 * that fails although the service is well, or that can't be read, goes to the dead-letter topic with what it met, and the next one has its turn.
 * Letters come back at POST /redriven.
 */
export function receiveEvents(handlers: EventHandler[], consumer: Consumer): Router {
  const byType = new Map<string, EventHandler>(handlers.map((handler) => [handler.type, handler]));
  const router = Router();
  router.post('/events/:topic', json({ type: '*/*', limit: '1mb' }), receiveDelivery(byType, consumer));
  router.post('/redriven', json({ type: '*/*', limit: '1mb' }), receiveRedriven(byType));
  return router;
}

type Handlers = ReadonlyMap<string, EventHandler>;

function receiveDelivery(handlers: Handlers, consumer: Consumer): RequestHandler<{ topic: string }> {
  const tries = new LRUCache<string, number>({ max: 1_000 });
  return async (request, response) => {
    response.locals.route = '/events/:topic';
    const { topic } = request.params;
    const letter = (error: string, attempts: number): DeadLetterMessage => ({
      ...{ service: consumer.service, topic, error, attempts },
      ...{ event: request.body, headers: shownHeaders(request.headers) },
    });
    const parsed = cloudEvent.safeParse(request.body);
    if (!parsed.success) return putAside(consumer, response, letter('it is no event of ours', 1));
    const event = parsed.data;
    try {
      const outcome = await take(handlers, event);
      if (outcome === 'unreadable') return await putAside(consumer, response, letter(`its data are no ${event.type}`, 1));
    } catch (error) {
      if (isOutage(error)) throw error;
      const attempts = (tries.get(event.id) ?? 0) + 1;
      tries.set(event.id, attempts);
      if (attempts < mostTries) throw error;
      await consumer.ready();
      return putAside(consumer, response, letter(error instanceof Error ? error.message : 'unknown', attempts));
    }
    tries.delete(event.id);
    response.json({ status: 'SUCCESS' });
  };
}

async function take(handlers: Handlers, event: z.infer<typeof cloudEvent>): Promise<'done' | 'unreadable' | 'left alone'> {
  const handler = handlers.get(event.type);
  if (!handler || (event.replay !== undefined && !handler.takesReplays)) return 'left alone';
  const parent = contextFrom({ traceparent: event.traceparent });
  const attributes = { 'messaging.message.id': event.id };
  const handle = () => handler.handle(event.data, event.id);
  const outcome = await inSpan(`consume ${event.type}`, { kind: SpanKind.CONSUMER, parent, attributes }, handle);
  if (outcome === 'done') consumed.add(1, { type: event.type });
  return outcome;
}

/** Hands an event to the dead-letter topic, and only then acknowledges it. @throws Error when the broker does not take it */
async function putAside({ service, sidecar, log }: Consumer, response: Response, letter: DeadLetterMessage): Promise<void> {
  const { id, type } = namesOf(letter.event);
  const failed = await sidecar.publish(deadLetterTopic(service), [{ id: newId(), type: deadLetterType, key: id, data: letter }]);
  if (failed.size > 0) throw new Error(`the broker did not take dead letter ${id}`);
  log.error({ eventId: id, type, topic: letter.topic, attempts: letter.attempts, reason: letter.error }, 'event given up');
  givenUp.add(1, { type });
  response.json({ status: 'SUCCESS' });
}

const names = z.object({ id: z.string().max(64), type: z.string().max(64) });

function namesOf(event: unknown): { id: string; type: string } {
  return names.safeParse(event).data ?? { id: newId(), type: 'unknown' };
}

/** What a redriven event did. Always within a 200, so that no circuit breaker counts a bad event. */
export const redriveOutcome = z.object({ outcome: z.enum(['done', 'failed']), error: z.string() });

function receiveRedriven(handlers: Handlers): RequestHandler {
  return async (request, response) => {
    response.locals.route = '/redriven';
    const answer = (outcome: z.infer<typeof redriveOutcome>): void => void response.json(outcome);
    const parsed = cloudEvent.safeParse(request.body);
    if (!parsed.success) return answer({ outcome: 'failed', error: 'it is no event of ours' });
    try {
      const outcome = await take(handlers, parsed.data);
      if (outcome === 'unreadable') return answer({ outcome: 'failed', error: `its data are no ${parsed.data.type}` });
      answer({ outcome: 'done', error: '' });
    } catch (error) {
      if (isOutage(error)) throw error;
      answer({ outcome: 'failed', error: error instanceof Error ? error.message : 'unknown' });
    }
  };
}

const secretHeaders = ['dapr-api-token', 'authorization', 'cookie'];

function shownHeaders(headers: NodeJS.Dict<string | string[]>): Record<string, string> {
  const shown = Object.entries(headers).filter(([name]) => !secretHeaders.includes(name));
  return Object.fromEntries(shown.map(([name, value]) => [name, String(value)]));
}
