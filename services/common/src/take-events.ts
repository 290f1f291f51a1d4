import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import type { Sidecar } from './dapr.ts';
import { newId } from './database.ts';
import { type DeadLetterMessage, deadLetterTopic, deadLetterType } from './dead-letter-message.ts';
import type { EventHandler, Outcome } from './inbox.ts';
import type { Logger } from './log.ts';
import { isOutage } from './outage.ts';
import { contextFrom, createCounter, inSpan, SpanKind } from './telemetry.ts';

const consumed = createCounter('ticketing_events_consumed_total', 'Events that a handler took, by type');
const givenUp = createCounter('ticketing_events_given_up_total', 'Events that went to the dead letters, by type');

/** An event as the sidecar delivers it. */
const cloudEvent = z.object({
  id: z.uuid(),
  type: z.string(),
  data: z.unknown(),
  traceparent: z.string().optional(),
  replay: z.string().optional(),
});

type CloudEvent = z.infer<typeof cloudEvent>;

export type Handlers = ReadonlyMap<string, EventHandler>;

export interface Consumer {
  /** The app id, which names the dead-letter topic too. */
  service: string;
  sidecar: Pick<Sidecar, 'publish'>;
  log: Logger;
  /** Throws while the service can't do its work, whatever the event. */
  ready: () => Promise<void>;
}

export interface Delivered {
  /** As it came. */
  body: unknown;
  /** Events of one key stay in order. */
  key: string | undefined;
  headers: Record<string, string>;
}

/** The sidecar delivers an event again whose answer is RETRY. DROP is never answered: the consumer itself writes to the dead-letter topic. */
type Status = 'SUCCESS' | 'RETRY';

/** An event that fails so often while the service is well is at fault itself. */
const mostTries = 5;

/** A delivery at work. */
interface Delivery {
  handlers: Handlers;
  consumer: Consumer;
  topic: string;
  /** How often events have failed, by id. */
  tries: LRUCache<string, number>;
  /** What is to be delivered again. */
  again: Set<Delivered>;
  /** Keys of which an event is delivered again: later ones must not pass it. */
  stuck: Set<string>;
  /** Something that the service needs is out: the events that are left are not tried. */
  isOut: boolean;
}

export interface Readable {
  delivered: Delivered;
  event: CloudEvent;
  handler: EventHandler;
}

/** Takes what was delivered of a topic. @returns what is said of each event, in order */
export type TakeDelivery = (topic: string, delivered: Delivered[]) => Promise<Status[]>;

/**
 * Consecutive events of one type are handled in one call. If the call throws, its work is undone and each event is handled alone, so that a bad
 * event does not affect the others. An event that fails is delivered again, together with the later events of its key. After an outage the
 * events that are left are not tried; they are delivered again until the outage is over. An event that fails five times while the service is
 * well, or that can't be read, is written to the dead-letter topic with its error.
 */
export function createTakeDelivery(handlers: Handlers, consumer: Consumer): TakeDelivery {
  const tries = new LRUCache<string, number>({ max: 1_000 });
  return (topic, delivered) =>
    takeDelivery({ handlers, consumer, tries, topic, again: new Set(), stuck: new Set(), isOut: false }, delivered);
}

async function takeDelivery(delivery: Delivery, delivered: Delivered[]): Promise<Status[]> {
  let group: Readable[] = [];
  for (const one of delivered) {
    const read = readDelivered(delivery.handlers, one);
    if (read === 'of no concern') continue;
    if (read === 'unreadable' || read.handler !== group[0]?.handler) {
      await takeGroup(delivery, group);
      group = [];
    }
    if (read === 'unreadable') await putAside(delivery, one, { error: 'it is no event of ours', attempts: 1 });
    else group.push(read);
  }
  await takeGroup(delivery, group);
  return delivered.map((one) => (delivery.again.has(one) ? 'RETRY' : 'SUCCESS'));
}

export function readDelivered(handlers: Handlers, delivered: Delivered): Readable | 'of no concern' | 'unreadable' {
  const { body } = delivered;
  // Most events of a topic have no handler here, so they are recognised before anything is parsed.
  const isOther = typeof body === 'object' && body !== null && 'type' in body && typeof body.type === 'string' && !handlers.has(body.type);
  if (isOther) return 'of no concern';
  const event = cloudEvent.safeParse(body).data;
  const handler = event && handlers.get(event.type);
  if (!event || !handler) return 'unreadable';
  return event.replay !== undefined && !handler.takesReplays ? 'of no concern' : { delivered, event, handler };
}

async function takeGroup(delivery: Delivery, group: Readable[]): Promise<void> {
  const ready = group.filter((one) => !waitsBehind(delivery, one));
  const outcomes = ready.length > 1 ? await takeTogether(delivery, ready) : undefined;
  if (outcomes) await settle(delivery, ready, outcomes);
  else for (const one of ready) await takeAlone(delivery, one);
}

/** Marks an event for another delivery if an earlier event of its key is, or after an outage. @returns whether it did */
function waitsBehind(delivery: Delivery, { delivered }: Readable): boolean {
  const waits = delivery.isOut || (delivered.key !== undefined && delivery.stuck.has(delivered.key));
  if (waits) deliverAgain(delivery, delivered);
  return waits;
}

function deliverAgain({ again, stuck }: Delivery, delivered: Delivered): void {
  again.add(delivered);
  if (delivered.key !== undefined) stuck.add(delivered.key);
}

/** @returns undefined if the handler threw */
async function takeTogether({ consumer }: Delivery, group: Readable[]): Promise<Outcome[] | undefined> {
  try {
    return await handle(group);
  } catch (error) {
    consumer.log.warn(
      { err: error, type: group[0]?.event.type, events: group.length },
      'a group of events failed; each event is handled alone',
    );
    return undefined;
  }
}

async function takeAlone(delivery: Delivery, one: Readable): Promise<void> {
  // An earlier event of the group may have failed meanwhile.
  if (waitsBehind(delivery, one)) return;
  let outcomes: Outcome[];
  try {
    outcomes = await handle([one]);
  } catch (error) {
    return fail(delivery, one, error);
  }
  await settle(delivery, [one], outcomes);
}

async function fail(delivery: Delivery, { delivered, event }: Readable, error: unknown): Promise<void> {
  const { consumer, tries, topic } = delivery;
  delivery.isOut = isOutage(error);
  if (!delivery.isOut) tries.set(event.id, (tries.get(event.id) ?? 0) + 1);
  const attempts = tries.get(event.id) ?? 0;
  if (!delivery.isOut && attempts >= mostTries) {
    delivery.isOut = await consumer.ready().then(
      () => false,
      () => true,
    );
    if (!delivery.isOut) {
      await putAside(delivery, delivered, { error: error instanceof Error ? error.message : 'unknown', attempts });
      return;
    }
  }
  consumer.log.warn({ err: error, eventId: event.id, type: event.type, topic, attempts }, 'event failed and will be delivered again');
  deliverAgain(delivery, delivered);
}

async function settle(delivery: Delivery, group: Readable[], outcomes: Outcome[]): Promise<void> {
  for (const [index, { delivered, event }] of group.entries()) {
    delivery.tries.delete(event.id);
    if (outcomes[index] === 'unreadable') await putAside(delivery, delivered, { error: `its data are no ${event.type}`, attempts: 1 });
  }
}

/** Calls the handler of events of one type. Each event has a span in its own trace; the work itself belongs to the trace of the first event. */
export async function handle(group: Readable[]): Promise<Outcome[]> {
  const [first] = group;
  if (!first) return [];
  const work = group.reduce(
    (inner, { event }) => {
      const options = {
        kind: SpanKind.CONSUMER,
        parent: contextFrom({ traceparent: event.traceparent }),
        attributes: { 'messaging.message.id': event.id },
      };
      return () => inSpan(`consume ${event.type}`, options, inner);
    },
    () => first.handler.handle(group.map(({ event: { id, data } }) => ({ id, data }))),
  );
  const outcomes = await work();
  const done = outcomes.filter((outcome) => outcome === 'done').length;
  if (done > 0) consumed.add(done, { type: first.handler.type });
  return outcomes;
}

/** Writes an event to the dead-letter topic. If the broker does not take the letter, the event is delivered again. */
async function putAside(delivery: Delivery, delivered: Delivered, why: Pick<DeadLetterMessage, 'error' | 'attempts'>): Promise<void> {
  const { topic } = delivery;
  const { service, sidecar, log } = delivery.consumer;
  const { id, type } = namesOf(delivered.body);
  const letter: DeadLetterMessage = { service, topic, ...why, event: delivered.body, headers: delivered.headers };
  const isTaken = await sidecar.publish(deadLetterTopic(service), [{ id: newId(), type: deadLetterType, key: id, data: letter }]).then(
    (failed) => failed.size === 0,
    () => false,
  );
  const noted = { eventId: id, type, topic, attempts: why.attempts, reason: why.error };
  if (!isTaken) {
    log.warn(noted, 'the broker did not take a dead letter; the event will be delivered again');
    return deliverAgain(delivery, delivered);
  }
  log.error(noted, 'event given up');
  givenUp.add(1, { type });
}

const names = z.object({ id: z.string().max(64), type: z.string().max(64) });

function namesOf(event: unknown): { id: string; type: string } {
  return names.safeParse(event).data ?? { id: newId(), type: 'unknown' };
}
