import { type EventData, type EventType, parseEvent } from '@ticketing/contracts/events';
import { crashPoint } from './crash-point.ts';
import { type Database, idFromBinary, idToBinary, type Queryable, Rollback } from './database.ts';

/** An event on its way to its handler. */
export interface GivenEvent {
  id: string;
  data: unknown;
}

/** What became of an event. `unreadable`: its data do not fit its type, which no later try can change. */
export type Outcome = 'done' | 'unreadable';

/** A handler for one type of event, made by `on`, `once` or `project`. Its work is written for a list; an event alone is a list of one. */
export interface EventHandler {
  type: EventType;
  /**
   * Handles events in their order. @returns the outcome of each event, in the same order
   * @throws what the work throws; the work is undone then (`once`), or may be repeated (`on`, `project`)
   */
  handle: (events: GivenEvent[]) => Promise<Outcome[]>;
  /** Only what is derived from events takes them again when an operator replays them. */
  takesReplays: boolean;
}

/** Handles every delivery of an event but replays, so the work must be idempotent by itself. */
export function on<T extends EventType>(type: T, work: (events: EventData<T>[]) => Promise<void>): EventHandler {
  return createHandler(type, false, (events) => work(events.map(({ data }) => data)));
}

/** Like `on`, and takes replays too: for a projection that ends in the same state after any order and any repetition of events. */
export function project<T extends EventType>(type: T, work: (events: EventData<T>[]) => Promise<void>): EventHandler {
  return createHandler(type, true, (events) => work(events.map(({ data }) => data)));
}

/**
 * Handles an event once, however often it is delivered: its id is written in the transaction of its effect. The events of a list share one
 * transaction: all have their effect, or none. Replays are ignored, because ids are deleted from the inbox after some weeks.
 * @param work gets the new events, each once, in their order, and their ids in the same order
 */
export function once<T extends EventType>(
  db: Database,
  type: T,
  work: (tx: Queryable, events: EventData<T>[], ids: string[]) => Promise<void>,
): EventHandler {
  return createHandler(type, false, (events) =>
    takeOnce(db, events, (tx, fresh) =>
      work(
        tx,
        fresh.map(({ data }) => data),
        fresh.map(({ id }) => id),
      ),
    ),
  );
}

function createHandler<T extends EventType>(
  type: T,
  takesReplays: boolean,
  work: (events: { id: string; data: EventData<T> }[]) => Promise<void>,
): EventHandler {
  return {
    type,
    takesReplays,
    handle: async (events) => {
      const read = events.map(({ id, data }) => ({ id, data: parseEvent(type, data) }));
      const readable = read.flatMap(({ id, data }) => (data === undefined ? [] : [{ id, data }]));
      if (readable.length > 0) await work(readable);
      return read.map(({ data }) => (data === undefined ? 'unreadable' : 'done'));
    },
  };
}

/**
 * Runs the work of messages in the transaction that writes their ids into the inbox. Messages whose ids are in the inbox already are left out.
 * @param work gets the new messages, each once, in their order; it is not called if there are none
 */
export async function takeOnce<M extends { id: string }>(
  db: Database,
  messages: M[],
  work: (tx: Queryable, fresh: M[]) => Promise<void>,
): Promise<void> {
  let fresh = leaveOutRepeated(messages);
  while (fresh.length > 0 && !(await takeAll(db, fresh, work))) fresh = await leaveOutTaken(db, fresh);
}

function leaveOutRepeated<M extends { id: string }>(messages: M[]): M[] {
  const byId = new Map<string, M>();
  for (const message of messages) if (!byId.has(message.id.toLowerCase())) byId.set(message.id.toLowerCase(), message);
  return [...byId.values()];
}

/** @returns false if an id was in the inbox already; nothing is done then */
async function takeAll<M extends { id: string }>(
  db: Database,
  messages: M[],
  work: (tx: Queryable, fresh: M[]) => Promise<void>,
): Promise<boolean> {
  const ids = messages.map(({ id }) => idToBinary(id)).sort((a, b) => a.compare(b));
  const isTaken = await db.transaction<boolean>(async (tx) => {
    const written = await tx.execute('INSERT IGNORE INTO inbox_events (event_id) VALUES ?', [ids.map((id) => [id])]);
    if (written < ids.length) return new Rollback(false);
    await work(tx, messages);
    await crashPoint('inbox.before-commit');
    return true;
  });
  if (isTaken) await crashPoint('inbox.after-commit');
  return isTaken;
}

async function leaveOutTaken<M extends { id: string }>(db: Database, messages: M[]): Promise<M[]> {
  const rows = await db.query<{ event_id: Buffer }>('SELECT event_id FROM inbox_events WHERE event_id IN (?)', [
    messages.map(({ id }) => idToBinary(id)),
  ]);
  const taken = new Set(rows.map(({ event_id: id }) => idFromBinary(id)));
  return messages.filter(({ id }) => !taken.has(id.toLowerCase()));
}
