import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { listAudit } from '@ticketing/common/audit';
import type { PublishEntry } from '@ticketing/common/dapr';
import { type Database, idToBinary, newId } from '@ticketing/common/database';
import { addEvents, publishOutbox } from '@ticketing/common/outbox';
import { findReplay, publishReplays, requestReplay } from '@ticketing/common/replays';
import { removeOld } from '@ticketing/common/retention';
import type { Context } from '../context.ts';
import { createTestContext } from '../testing/test-accounts.ts';
import { createTestMessaging, readOutbox, recordBroker, type TestMessaging } from '../testing/test-messaging.ts';

let ctx: Context;
beforeAll(async () => {
  ctx = await createTestContext();
});
afterAll(() => ctx.stop());

let messaging: TestMessaging;
let db: Database;
beforeEach(async () => {
  messaging = await createTestMessaging();
  db = messaging.db;
});
afterEach(() => messaging.drop());

const log = { error: () => undefined };
const actorId = newId();
const always = { from: new Date('2000-01-01'), to: new Date('2100-01-01') };

async function writeAndPublish(count: number): Promise<string[]> {
  const events = Array.from({ length: count }, () => newId()).map((userId) => ({ aggregateId: userId, data: { userId } }));
  await db.transaction((tx) => addEvents(tx, 'user.registered', events));
  const { sidecar } = recordBroker(ctx.sidecar);
  while ((await publishOutbox(db, sidecar)) > 0);
  return (await readOutbox(db)).slice(-count).map(({ id }) => id);
}

/** Publishes to nobody, and remembers what. */
function recorder(): { sidecar: { publish: (topic: string, entries: PublishEntry[]) => Promise<Set<string>> }; taken: PublishEntry[] } {
  const taken: PublishEntry[] = [];
  return {
    taken,
    sidecar: {
      publish: (_topic, entries) => {
        taken.push(...entries);
        return Promise.resolve(new Set());
      },
    },
  };
}

describe('a replay', () => {
  it('publishes what was published, under its own ids and in its order, marked as a replay', async () => {
    const ids = await writeAndPublish(1_100);
    const replay = await requestReplay(db, { actorId, ...always, types: [] });
    expect(replay).toMatchObject({ matched: 1_100, status: 'RUNNING' });
    // Not a part of it any more.
    await writeAndPublish(3);
    const { sidecar, taken } = recorder();
    await publishReplays({ db, sidecar, log });
    expect(taken.map(({ id }) => id)).toEqual(ids);
    expect(new Set(taken.map((entry) => entry.replay))).toEqual(new Set([replay.id]));
    expect(await findReplay(db, replay.id ?? '')).toMatchObject({ matched: 1_100, published: 1_100, status: 'COMPLETED' });
    expect((await listAudit(db, 1, undefined)).items).toMatchObject([{ action: 'events.replay', actorId, subject: replay.id }]);
  });

  it('takes a time and types, and nothing is a good answer', async () => {
    const [first] = await writeAndPublish(2);
    await db.execute('UPDATE outbox_events SET created_at = ? ORDER BY seq LIMIT 1', [new Date('2026-01-01T12:00:00.000Z')]);
    const wish = {
      actorId,
      from: new Date('2026-01-01T12:00:00.000Z'),
      to: new Date('2026-01-01T12:00:00.001Z'),
      types: ['user.registered'],
    };
    expect(await requestReplay(db, wish)).toMatchObject({ matched: 1 });
    const { sidecar, taken } = recorder();
    await publishReplays({ db, sidecar, log });
    expect(taken.map(({ id }) => id)).toEqual([first]);
    const [outside, others] = [
      { ...wish, from: new Date('2000-01-01'), to: wish.from },
      { ...wish, types: ['payment.completed'] },
    ];
    for (const none of [outside, others]) expect(await requestReplay(db, none)).toMatchObject({ matched: 0, status: 'COMPLETED' });
  });

  it('goes on where it was after a crash or a broker that refused', async () => {
    const ids = await writeAndPublish(700);
    await requestReplay(db, { actorId, ...always, types: [] });
    const { sidecar, taken } = recorder();
    const failing = {
      publish: (topic: string, entries: PublishEntry[]) =>
        taken.length >= 500 ? Promise.reject(new Error('the broker is out')) : sidecar.publish(topic, entries),
    };
    await expect(publishReplays({ db, sidecar: failing, log })).rejects.toThrow('did not take');
    await publishReplays({ db, sidecar, log });
    expect(taken.map(({ id }) => id)).toEqual(ids);
  });

  it('ends FAILED when it can’t go on, and holds up no other', async () => {
    const [first] = await writeAndPublish(3);
    const begin = async (): Promise<string> => (await requestReplay(db, { actorId, ...always, types: [] })).id ?? '';
    const [broken, refused, good] = [await begin(), await begin(), await begin()];
    await db.execute('UPDATE event_replays SET types = ? WHERE id = ?', ['{"no": "list"}', idToBinary(broken)]);
    const { sidecar, taken } = recorder();
    const refusing = {
      publish: async (topic: string, entries: PublishEntry[]) => {
        const bad = entries.filter(({ id, replay }) => id === first && replay === refused).map(({ id }) => id);
        await sidecar.publish(
          topic,
          entries.filter(({ id }) => !bad.includes(id)),
        );
        return new Set(bad);
      },
    };
    for (let time = 1; time <= 4; time += 1) await expect(publishReplays({ db, sidecar: refusing, log })).rejects.toThrow('refuses');
    const status = async (id: string) => (await findReplay(db, id))?.status;
    expect([await status(broken), await status(refused), await status(good)]).toEqual(['FAILED', 'RUNNING', 'COMPLETED']);
    await publishReplays({ db, sidecar: refusing, log });
    expect(await status(refused)).toBe('FAILED');
    expect(taken.filter(({ replay }) => replay === good)).toHaveLength(3);
  });
});

describe('retention', () => {
  const keep = { OUTBOX_RETENTION_HOURS: 168, INBOX_RETENTION_HOURS: 336, IDEMPOTENCY_RETENTION_HOURS: 24 };
  const count = async (table: string) => (await db.query<{ n: number }>(`SELECT COUNT(*) AS n FROM ${table}`))[0]?.n;

  it('removes old rows in batches, and neither new ones nor events that wait', async () => {
    await db.transaction((tx) => {
      const events = Array.from({ length: 2_300 }, () => newId()).map((userId) => ({ aggregateId: userId, data: { userId } }));
      return addEvents(tx, 'user.registered', events);
    });
    await db.execute('UPDATE outbox_events SET created_at = created_at - INTERVAL 30 DAY');
    await db.execute('UPDATE outbox_events SET published_at = UTC_TIMESTAMP(3) - INTERVAL 169 HOUR ORDER BY seq LIMIT 2200');
    await db.execute(
      'UPDATE outbox_events SET published_at = UTC_TIMESTAMP(3) - INTERVAL 167 HOUR WHERE published_at IS NULL ORDER BY seq LIMIT 40',
    );
    await removeOld(db, keep);
    expect(await count('outbox_events')).toBe(100);
    expect((await readOutbox(db)).filter(({ waits }) => waits)).toHaveLength(60);
  });

  it('tidies every table that it can', async () => {
    await db.execute("INSERT INTO inbox_events SET event_id = UNHEX(LEFT(SHA2('old', 256), 32)), received_at = '2000-01-01'");
    const locked: Database = {
      ...db,
      execute: (sql, values) => (sql.includes('outbox_events') ? Promise.reject(new Error('no outbox')) : db.execute(sql, values)),
    };
    await expect(removeOld(locked, keep)).rejects.toThrow('no outbox');
    expect(await count('inbox_events')).toBe(0);
  });

  it('keeps answers under a key for a day, and ids of taken events for longer than the broker keeps events', async () => {
    const age = async (table: string, column: string, id: string, hours: number) =>
      db.execute(`INSERT INTO ${table} SET ${id}, ${column} = UTC_TIMESTAMP(3) - INTERVAL ? HOUR`, [hours]);
    for (const hours of [23, 25])
      await age('idempotency_keys', 'created_at', `id = UNHEX(SHA2('${hours}', 256)), fingerprint = '', answer = '{}'`, hours);
    for (const hours of [335, 337]) await age('inbox_events', 'received_at', `event_id = UNHEX(LEFT(SHA2('${hours}', 256), 32))`, hours);
    await removeOld(db, keep);
    expect([await count('idempotency_keys'), await count('inbox_events')]).toEqual([1, 1]);
  });
});
