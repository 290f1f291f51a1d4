import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Database, newId } from '@ticketing/common/database';
import { type EventHandler, once } from '@ticketing/common/inbox';
import { addEvent } from '@ticketing/common/outbox';
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
  return once(database, 'user.registered', (tx, data) => addEvent(tx, 'user.registered', data.userId, data));
}

async function effects(): Promise<number> {
  return (await readOutbox(db)).filter(({ aggregateId }) => aggregateId === userId).length;
}

describe('once', () => {
  it('drops the second delivery of an event, and those that come at once', async () => {
    const [handler, eventId] = [handlerOn(db), newId()];
    expect(await handler.handle({ userId }, eventId)).toBe('done');
    expect(await handler.handle({ userId }, eventId)).toBe('done');
    expect(await effects()).toBe(1);
    const another = newId();
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => handlerOn(db).handle({ userId }, another)));
    expect(outcomes).toEqual(outcomes.map(() => 'done'));
    expect(await effects()).toBe(2);
  });

  it('would do it twice without the row in the inbox', async () => {
    const insert = 'INSERT INTO inbox_events (event_id) VALUES (?)';
    const unguarded = handlerOn(withoutGuard(db, insert, 'UPDATE inbox_events SET received_at = received_at WHERE event_id = ?'));
    const eventId = newId();
    await unguarded.handle({ userId }, eventId);
    await unguarded.handle({ userId }, eventId);
    expect(await effects()).toBe(2);
  });

  it('leaves no trace of a delivery that failed half-way, so that the next one works', async () => {
    const eventId = newId();
    const failing = once(db, 'user.registered', async (tx, data) => {
      await addEvent(tx, 'user.registered', data.userId, data);
      throw new Error('the process dies here');
    });
    await expect(failing.handle({ userId }, eventId)).rejects.toThrow('dies here');
    expect(await effects()).toBe(0);
    await handlerOn(db).handle({ userId }, eventId);
    expect(await effects()).toBe(1);
  });

  it('does not take a violated key of the work itself for a second delivery', async () => {
    const [eventId, taken] = [newId(), newId()];
    await once(db, 'user.registered', () => Promise.resolve()).handle({ userId }, taken);
    const clashing = once(db, 'user.registered', async (tx) => {
      await tx.execute('INSERT INTO inbox_events (event_id) SELECT event_id FROM inbox_events');
    });
    await expect(clashing.handle({ userId }, eventId)).rejects.toThrow('Duplicate');
  });

  it('calls data unreadable that does not fit the type, without an effect', async () => {
    expect(await handlerOn(db).handle({ userId: 'nobody' }, newId())).toBe('unreadable');
    expect(await effects()).toBe(0);
  });
});
