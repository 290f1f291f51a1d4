import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Database, newId, Rollback } from '@ticketing/common/database';
import { addEvent, addEvents, type OutboxBacklog, publishOutbox, startOutboxRelay, watchOutbox } from '@ticketing/common/outbox';
import { pollUntil } from '@ticketing/common/poll-until';
import { collectMetrics } from '@ticketing/common/testing/collect-metrics';
import type { Context } from '../context.ts';
import { createTestContext } from '../testing/test-accounts.ts';
import { createTestMessaging, type RecordedBroker, readOutbox, recordBroker, type TestMessaging } from '../testing/test-messaging.ts';

const valueOf = collectMetrics();

let ctx: Context;
beforeAll(async () => {
  ctx = await createTestContext();
});
afterAll(() => ctx.stop());

let messaging: TestMessaging;
let db: Database;
let broker: RecordedBroker;
beforeEach(async () => {
  messaging = await createTestMessaging();
  db = messaging.db;
  broker = recordBroker(ctx.sidecar);
});
afterEach(() => messaging.drop());

function write(userId = newId()): Promise<void> {
  return db.transaction((tx) => addEvent(tx, 'user.registered', userId, { userId }));
}

/** Writes many events about few people, as they come in turn. */
function writeMany(count: number, people: string[]): Promise<void> {
  const events = Array.from({ length: count }, (_, index) => people[index % people.length]!);
  return db.transaction((tx) =>
    addEvents(
      tx,
      'user.registered',
      events.map((userId) => ({ aggregateId: userId, data: { userId } })),
    ),
  );
}

/** Writes events that carry so much more than their type says. @returns their aggregates */
async function writeLarge(texts: string[]): Promise<string[]> {
  const events = texts.map((text) => ({ aggregateId: newId(), text }));
  await db.transaction(async (tx) => {
    for (const { aggregateId, text } of events) {
      await addEvents(tx, 'user.registered', [{ aggregateId, data: { userId: aggregateId } }]);
      await tx.execute('UPDATE outbox_events SET data = ? WHERE aggregate_id = ?', [
        JSON.stringify({ userId: aggregateId, text }),
        aggregateId,
      ]);
    }
  });
  return events.map(({ aggregateId }) => aggregateId);
}

async function publishAll(): Promise<void> {
  while ((await publishOutbox(db, broker.sidecar)) > 0);
}

/** The ids in the order in which each was first sent, by aggregate. */
function firstSent(): Map<string, string[]> {
  const byKey = new Map<string, string[]>();
  for (const { id, key } of broker.taken) {
    const ids = byKey.get(key) ?? [];
    if (!ids.includes(id)) byKey.set(key, [...ids, id]);
  }
  return byKey;
}

async function writtenByAggregate(): Promise<Map<string, string[]>> {
  const byKey = new Map<string, string[]>();
  for (const { id, aggregateId } of await readOutbox(db)) byKey.set(aggregateId, [...(byKey.get(aggregateId) ?? []), id]);
  return byKey;
}

describe('the outbox', () => {
  it('publishes what was committed and never what was rolled back', async () => {
    const [kept, thrown, undone] = [newId(), newId(), newId()];
    await write(kept);
    const dying = db.transaction(async (tx) => {
      await addEvent(tx, 'user.registered', thrown, { userId: thrown });
      throw new Error('the process dies here');
    });
    await expect(dying).rejects.toThrow('dies here');
    await db.transaction(async (tx) => {
      await addEvent(tx, 'user.registered', undone, { userId: undone });
      return new Rollback(undefined);
    });
    await publishAll();
    expect(broker.taken.map(({ key }) => key)).toEqual([kept]);
    expect((await readOutbox(db)).map(({ aggregateId, waits }) => ({ aggregateId, waits }))).toEqual([{ aggregateId: kept, waits: false }]);
  });

  it('publishes nothing of a transaction that is still open', async () => {
    await db.transaction(async (tx) => {
      await addEvent(tx, 'user.registered', newId(), { userId: newId() });
      expect(await publishOutbox(db, broker.sidecar)).toBe(0);
    });
    expect(broker.taken).toEqual([]);
    expect(await publishOutbox(db, broker.sidecar)).toBe(1);
  });

  it('knows how long the oldest waiting event has waited', async () => {
    const backlog = async (): Promise<OutboxBacklog> => {
      const found: OutboxBacklog[] = [];
      await publishOutbox(db, broker.sidecar, { found: (what) => found.push(what) });
      return found[0]!;
    };
    expect(await backlog()).toEqual({ waiting: 0, lagSeconds: 0 });
    await writeMany(3, [newId()]);
    await db.execute('UPDATE outbox_events SET created_at = created_at - INTERVAL 100 SECOND ORDER BY seq LIMIT 1');
    const { waiting, lagSeconds } = await backlog();
    expect(waiting).toBe(3);
    expect(lagSeconds).toBeGreaterThanOrEqual(100);
    expect(lagSeconds).toBeLessThan(160);
    expect(await backlog()).toEqual({ waiting: 0, lagSeconds: 0 });
  });

  it('publishes again under the same ids when the relay dies between publishing and marking', async () => {
    await writeMany(3, [newId(), newId()]);
    const dying: Database = {
      ...db,
      execute: (sql, values) =>
        sql.includes('SET published_at') ? Promise.reject(new Error('the relay dies here')) : db.execute(sql, values),
    };
    await expect(publishOutbox(dying, broker.sidecar)).rejects.toThrow('dies here');
    expect((await readOutbox(db)).map(({ waits }) => waits)).toEqual([true, true, true]);
    await publishAll();
    const ids = (await readOutbox(db)).map(({ id }) => id);
    expect(broker.taken.map(({ id }) => id)).toEqual([...ids, ...ids]);
    expect((await readOutbox(db)).some(({ waits }) => waits)).toBe(false);
  });

  it('keeps the events of one aggregate in order across batches', async () => {
    await writeMany(1_300, [newId(), newId(), newId()]);
    const sizes: number[] = [];
    for (let size = await publishOutbox(db, broker.sidecar); size > 0; size = await publishOutbox(db, broker.sidecar)) sizes.push(size);
    expect(sizes).toEqual([500, 500, 300]);
    expect(firstSent()).toEqual(await writtenByAggregate());
    expect(broker.taken).toHaveLength(1_300);
  });

  it('publishes what follows a refused event of the same aggregate behind it, and others at once', async () => {
    const [stuck, free] = [newId(), newId()];
    await writeMany(6, [stuck, free]);
    const [first] = await readOutbox(db);
    const refusing: RecordedBroker['sidecar'] = {
      ...broker.sidecar,
      publish: async (topic, entries) => {
        await broker.sidecar.publish(
          topic,
          entries.filter(({ id }) => id !== first!.id),
        );
        return new Set([first!.id]);
      },
    };
    await expect(publishOutbox(db, refusing)).rejects.toThrow('did not take 3 events');
    expect((await readOutbox(db)).map(({ waits }) => waits)).toEqual([true, false, true, false, true, false]);
    await publishAll();
    const sent = broker.taken.filter(({ key }) => key === stuck).map(({ id }) => id);
    // Whoever saw the later two before the first sees all three again in order; the inbox drops what it has.
    expect(sent.slice(-3)).toEqual((await writtenByAggregate()).get(stuck));
  });

  it('cuts what waits into calls of a mebibyte, so that large events go out too', async () => {
    const sizes: number[] = [];
    const measuring: RecordedBroker['sidecar'] = {
      ...broker.sidecar,
      publish: (topic, entries) => {
        sizes.push(Buffer.byteLength(JSON.stringify(entries)));
        return broker.sidecar.publish(topic, entries);
      },
    };
    await writeLarge(Array.from({ length: 300 }, () => '가'.repeat(5_000)));
    expect(await publishOutbox(db, measuring)).toBe(300);
    expect(broker.taken).toHaveLength(300);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(2 ** 20);
    expect(sizes.length).toBeLessThan(8);
  });

  it('sets aside what the broker refuses while it takes others, and lets the rest pass', async () => {
    const asides: string[] = [];
    const turn = (): Promise<number> => publishOutbox(db, broker.sidecar, { setAside: ({ aggregateId }) => asides.push(aggregateId) });
    // The broker takes a mebibyte, the sidecar four: the one is refused by name, the other never gets there.
    const [forBroker, forSidecar] = await writeLarge(['x'.repeat(1_500_000), 'x'.repeat(5_000_000)]);
    await writeMany(6, [forBroker!, newId()]);
    for (let time = 1; time <= 5; time += 1) {
      await write();
      await expect(turn()).rejects.toThrow('did not take');
      expect((await readOutbox(db)).filter(({ aggregateId, waits }) => waits && aggregateId === forBroker)).toHaveLength(4);
    }
    expect(asides).toEqual([forSidecar, forBroker]);
    // What comes behind it in its aggregate follows.
    expect(await turn()).toBe(3);
    expect((await readOutbox(db)).filter(({ waits }) => waits).map(({ aggregateId }) => aggregateId)).toEqual([forBroker, forSidecar]);
    await watchOutbox(db);
    expect(await valueOf('ticketing_outbox_set_aside')).toBe(2);
    // An operator gives one back.
    await db.execute('UPDATE outbox_events SET set_aside_at = NULL, data = ? WHERE aggregate_id = ?', ['{}', forSidecar!]);
    expect(await turn()).toBe(1);
  });

  it('finds the one that spoils a call for all, and sets nothing aside while the broker is out', async () => {
    const [bad, good] = [newId(), newId()];
    await writeMany(40, [good, bad]);
    const [, spoiler] = await readOutbox(db);
    let isOut = true;
    const spoiled: RecordedBroker['sidecar'] = {
      ...broker.sidecar,
      publish: (topic, entries) =>
        isOut || entries.some(({ id }) => id === spoiler!.id)
          ? Promise.resolve(new Set(entries.map(({ id }) => id)))
          : broker.sidecar.publish(topic, entries),
    };
    for (let time = 1; time <= 10; time += 1) await expect(publishOutbox(db, spoiled)).rejects.toThrow('did not take 40 events');
    isOut = false;
    const drained = await pollUntil(async () => {
      // As long as nothing else goes out, the broker might be out for all.
      await write();
      await publishOutbox(db, spoiled).catch(() => undefined);
      return (await readOutbox(db)).filter(({ waits }) => waits).length === 1 ? true : undefined;
    }, 20_000);
    expect(drained).toBe(true);
    expect(firstSent().get(good)).toEqual((await writtenByAggregate()).get(good));
    expect(firstSent().get(bad)).toEqual((await writtenByAggregate()).get(bad)?.slice(1));
  });

  it('loses nothing when two processes relay at once, and stays in order', async () => {
    const people = [newId(), newId(), newId(), newId()];
    let writing = true;
    const relay = async (): Promise<void> => {
      while (writing || (await readOutbox(db)).some(({ waits }) => waits)) await publishOutbox(db, broker.sidecar);
    };
    const relays = [relay(), relay()];
    for (let round = 0; round < 10; round += 1) await writeMany(150, people);
    writing = false;
    await Promise.all(relays);
    expect(firstSent()).toEqual(await writtenByAggregate());
    expect((await readOutbox(db)).length).toBe(1_500);
  });
});

describe('the relay job', () => {
  it('goes on in another instance when the one that runs it stops', async () => {
    const brokers = [recordBroker(ctx.sidecar), recordBroker(ctx.sidecar)];
    const relays = brokers.map(({ sidecar }, index) =>
      startOutboxRelay({ db, sidecar, log: ctx.log, service: messaging.name, instance: `instance-${index}` }),
    );
    const published = async (count: number): Promise<void> => {
      const outbox = await pollUntil(async () => {
        const events = await readOutbox(db);
        return events.length === count && !events.some(({ waits }) => waits) ? events : undefined;
      }, 20_000);
      expect(outbox).toHaveLength(count);
    };
    try {
      await Promise.all(Array.from({ length: 20 }, () => write()));
      await published(20);
      const owner = brokers.findIndex(({ taken }) => taken.length > 0);
      await relays[owner]!.stop();
      await Promise.all(Array.from({ length: 20 }, () => write()));
      await published(40);
      expect(brokers[1 - owner]!.taken.length).toBeGreaterThan(0);
      const ids = new Set(brokers.flatMap(({ taken }) => taken.map(({ id }) => id)));
      expect(ids).toEqual(new Set((await readOutbox(db)).map(({ id }) => id)));
    } finally {
      await Promise.all(relays.map((relay) => relay.stop()));
    }
  });
});
