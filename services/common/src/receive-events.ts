import { json, type RequestHandler, Router } from 'express';
import { z } from 'zod';
import type { ServiceConfig } from './config.ts';
import type { Sidecar } from './dapr.ts';
import type { Database } from './database.ts';
import type { EventHandler } from './inbox.ts';
import type { Logger } from './log.ts';
import { isOutage } from './outage.ts';
import {
  type Consumer,
  createTakeDelivery,
  type Delivered,
  type Handlers,
  handle,
  readDelivered,
  type TakeDelivery,
} from './take-events.ts';

/** A service with a database as a consumer. */
export function consumerOf(ctx: { config: ServiceConfig; sidecar: Sidecar; log: Logger; db: Database }): Consumer {
  return { service: ctx.config.APP_ID, sidecar: ctx.sidecar, log: ctx.log, ready: ctx.db.check };
}

/** Several events in one delivery, as a subscription with `bulkSubscribe` brings them. */
const bulkDelivery = z.object({
  type: z.literal('com.dapr.event.sent.bulk'),
  entries: z.array(z.object({ entryId: z.string(), event: z.unknown(), metadata: z.unknown().optional() })),
});

// A hundred events (maxMessagesCount in components/subscriptions), each as large as the broker takes, and what is around them.
const largestDelivery = '110mb';

/**
 * Receives the events that the sidecar delivers at POST /events/{topic} (see components/subscriptions), one or several in a request. Types
 * without a handler are acknowledged.
 *
 * An event that is not done is delivered again; one that can't be done goes to the dead-letter topic (see take-events.ts), and comes back at
 * POST /redriven.
 */
export function receiveEvents(handlers: EventHandler[], consumer: Consumer): Router {
  const byType = new Map<string, EventHandler>(handlers.map((handler) => [handler.type, handler]));
  const router = Router();
  router.post('/events/:topic', json({ type: '*/*', limit: largestDelivery }), receiveDelivery(createTakeDelivery(byType, consumer)));
  router.post('/redriven', json({ type: '*/*', limit: '1mb' }), receiveRedriven(byType));
  return router;
}

function receiveDelivery(take: TakeDelivery): RequestHandler<{ topic: string }> {
  return async (request, response) => {
    response.locals.route = '/events/:topic';
    const { topic } = request.params;
    const headers = shownHeaders(request.headers);
    const bulk = bulkDelivery.safeParse(request.body).data;
    if (!bulk) {
      const [status] = await take(topic, [{ body: request.body, key: undefined, headers }]);
      response.json({ status });
      return;
    }
    const delivered = bulk.entries.map(({ event, metadata }) => deliveredIn(event, metadata, headers));
    const statuses = await take(topic, delivered);
    response.json({ statuses: bulk.entries.map(({ entryId }, index) => ({ entryId, status: statuses[index] })) });
  };
}

/** @param metadata what the broker knows of the event: its key, its place and its headers */
function deliveredIn(body: unknown, metadata: unknown, headers: Record<string, string>): Delivered {
  const known = typeof metadata === 'object' && metadata !== null ? metadata : {};
  const key = '__key' in known && typeof known.__key === 'string' ? known.__key : undefined;
  return { body, key, headers: { ...headers, ...known } };
}

/** What a redriven event did. Always within a 200, so that no circuit breaker counts a bad event. */
export const redriveOutcome = z.object({ outcome: z.enum(['done', 'failed']), error: z.string() });

function receiveRedriven(handlers: Handlers): RequestHandler {
  return async (request, response) => {
    response.locals.route = '/redriven';
    const answer = (outcome: z.infer<typeof redriveOutcome>): void => void response.json(outcome);
    const read = readDelivered(handlers, { body: request.body, key: undefined, headers: {} });
    if (read === 'of no concern') return answer({ outcome: 'done', error: '' });
    if (read === 'unreadable') return answer({ outcome: 'failed', error: 'it is no event of ours' });
    try {
      const [outcome] = await handle([read]);
      if (outcome === 'unreadable') return answer({ outcome: 'failed', error: `its data are no ${read.event.type}` });
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
