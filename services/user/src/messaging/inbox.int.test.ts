import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Database, newId } from '@ticketing/common/database';
import { type EventHandler, type Outcome, once } from '@ticketing/common/inbox';
import { addEvent, addEvents } from '@ticketing/common/outbox';
import { withoutGuard } from '@ticketing/common/testing/without-guard';
import { createTestMessaging, readOutbox, type TestMessaging } from '../testing/test-messaging.ts';

let messaging: TestMessaging;
let db: Database;
beforeAll(async () => {
  messaging = await createTestMessaging();
  db = messaging.db;
});
afterAll(() => messaging.drop());

let userId: string;
beforeEach(() => {
  userId = newId();
});

/** A handler with an effect that can be counted: an event in turn. */
function handlerOn(database: Database): EventHandler {
  return once(database, 'user.registered', (tx, events) =>
    addEvents(
      tx,
      'user.registered',
      events.map((data) => ({ aggregateId: data.userId, data })),
    ),
  );
}

const give = (handler: EventHandler, eventId: string, data: unknown = { userId }): Promise<Outcome[]> =>
  handler.handle([{ id: eventId, data }]);

async function effects(of = userId): Promise<number> {
  return (await readOutbox(db)).filter(({ aggregateId }) => aggregateId === of).length;
}

/** New events of one type, each about somebody else. */
function newEvents(count: number): { id: string; data: { userId: string } }[] {
  return Array.from({ length: count }, () => ({ id: newId(), data: { userId: newId() } }));
}

/** Whom the handler was told of, in that order. */
async function effectsOf(events: { data: { userId: string } }[]): Promise<string[]> {
  const people = new Set(events.map(({ data }) => data.userId));
  return (await readOutbox(db)).map(({ aggregateId }) => aggregateId).filter((id) => people.has(id));
}

const peopleOf = (events: { data: { userId: string } }[]): string[] => events.map(({ data }) => data.userId);

describe('once', () => {
  it('drops the second delivery of an event, and those that come at once', async () => {
    const [handler, eventId] = [handlerOn(db), newId()];
    expect(await give(handler, eventId)).toEqual(['done']);
    expect(await give(handler, eventId)).toEqual(['done']);
    expect(await effects()).toBe(1);
    const another = newId();
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => give(handlerOn(db), another)));
    expect(outcomes).toEqual(outcomes.map(() => ['done']));
    expect(await effects()).toBe(2);
  });

  it('would do it twice without the row in the inbox', async () => {
    const insert = 'INSERT IGNORE INTO inbox_events (event_id) VALUES ?';
    const unguarded = handlerOn(withoutGuard(db, insert, 'UPDATE inbox_events SET received_at = received_at WHERE event_id IN (?)'));
    const eventId = newId();
    await give(handlerOn(db), eventId);
    await give(unguarded, eventId);
    expect(await effects()).toBe(2);
  });

  it('leaves no trace of a delivery that failed half-way, so that the next one works', async () => {
    const events = newEvents(3);
    const failing = once(db, 'user.registered', async (tx, taken) => {
      for (const data of taken) await addEvent(tx, 'user.registered', data.userId, data);
      throw new Error('the process dies here');
    });
    await expect(failing.handle(events)).rejects.toThrow('dies here');
    expect(await effectsOf(events)).toEqual([]);
    await handlerOn(db).handle(events);
    expect(await effectsOf(events)).toEqual(peopleOf(events));
  });

  it('does not take a violated key of the work itself for a second delivery', async () => {
    const [eventId, taken] = [newId(), newId()];
    await give(
      once(db, 'user.registered', () => Promise.resolve()),
      taken,
    );
    const clashing = once(db, 'user.registered', async (tx) => {
      await tx.execute('INSERT INTO inbox_events (event_id) SELECT event_id FROM inbox_events');
    });
    await expect(give(clashing, eventId)).rejects.toThrow('Duplicate');
  });

  it('calls data unreadable that does not fit the type, without an effect, and takes the others', async () => {
    expect(await give(handlerOn(db), newId(), { userId: 'nobody' })).toEqual(['unreadable']);
    expect(await effects()).toBe(0);
    const [first, last] = [newId(), newId()];
    const mixed = [
      { id: first, data: { userId } },
      { id: newId(), data: {} },
      { id: last, data: { userId } },
    ];
    expect(await handlerOn(db).handle(mixed)).toEqual(['done', 'unreadable', 'done']);
    expect(await effects()).toBe(2);
  });

  it('takes a list in one transaction, in order, and what of it is new when it comes again among others', async () => {
    const transactions: unknown[] = [];
    const counting: Database = {
      ...db,
      transaction: (work) => {
        transactions.push(work);
        return db.transaction(work);
      },
    };
    const events = newEvents(50);
    await handlerOn(counting).handle(events);
    expect(transactions).toHaveLength(1);
    expect(await effectsOf(events)).toEqual(peopleOf(events));
    const others = newEvents(10);
    await handlerOn(db).handle([...others.slice(0, 5), ...events, ...others.slice(5)]);
    await handlerOn(db).handle(events);
    expect(await effectsOf([...events, ...others])).toEqual([...peopleOf(events), ...peopleOf(others)]);
  });

  it('takes an event once that is twice in a list, also where its id is written in another way', async () => {
    const [event, other] = newEvents(2);
    await handlerOn(db).handle([event!, other!, event!, { ...event!, id: event!.id.toUpperCase() }]);
    expect(await effectsOf([event!, other!])).toEqual(peopleOf([event!, other!]));
  });

  it('has one effect of each when several instances are given lists that overlap', async () => {
    const events = newEvents(40);
    const lists = Array.from({ length: 6 }, (_, index) => {
      const turned = [...events.slice(index * 5), ...events.slice(0, index * 5)];
      return index % 2 ? turned.toReversed() : turned;
    });
    await Promise.all(lists.map((list) => handlerOn(db).handle(list)));
    expect((await effectsOf(events)).sort()).toEqual(peopleOf(events).sort());
  });
});
