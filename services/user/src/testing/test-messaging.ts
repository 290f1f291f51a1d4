import { databaseEnvironment, loadConfig } from '@ticketing/common/config';
import type { PublishEntry, Sidecar } from '@ticketing/common/dapr';
import { type Database, idFromBinary, newId, openDatabase } from '@ticketing/common/database';
import { testEnvironment } from '@ticketing/common/testing/test-stack';
import { withoutGuard } from '@ticketing/common/testing/without-guard';

export interface TestMessaging {
  /** The real database with an outbox, an inbox and all that belongs to them of its own, so that no other relay takes the events away. */
  db: Database;
  /** Names the tables and whatever else has to be this test's alone. */
  name: string;
  drop: () => Promise<void>;
}

export async function createTestMessaging(): Promise<TestMessaging> {
  const environment = testEnvironment('user', 'migrator');
  const config = loadConfig(databaseEnvironment, environment);
  const real = await openDatabase({ config, password: config.DB_PASSWORD ?? '', entities: [], migrations: [] });
  const name = `test_${newId().replaceAll('-', '')}`;
  const tables = ['outbox_events', 'inbox_events', 'idempotency_keys', 'dead_letters', 'event_replays', 'audit_entries'];
  for (const table of tables) await real.execute(`CREATE TABLE ${name}_${table} LIKE ${table}`);
  return {
    db: tables.reduce((db, table) => withoutGuard(db, table, `${name}_${table}`), real),
    name,
    drop: async () => {
      for (const table of tables) await real.execute(`DROP TABLE ${name}_${table}`);
      await real.close();
    },
  };
}

/** The ids of all events that were committed, in the order in which they were written, and which of them wait to be published. */
export async function readOutbox(db: Database): Promise<{ id: string; aggregateId: string; waits: boolean }[]> {
  const rows = await db.query<{ id: Buffer; aggregate_id: string; published_at: Date | null }>(
    'SELECT id, aggregate_id, published_at FROM outbox_events ORDER BY seq',
  );
  return rows.map((row) => ({ id: idFromBinary(row.id), aggregateId: row.aggregate_id, waits: row.published_at === null }));
}

export interface RecordedBroker {
  /** Publishes through the real sidecar to the real broker. */
  sidecar: Pick<Sidecar, 'publish' | 'tryLock' | 'unlock'>;
  /** What the broker took, in the order in which it was sent. */
  taken: Pick<PublishEntry, 'id' | 'key'>[];
}

export function recordBroker(sidecar: Sidecar): RecordedBroker {
  const taken: RecordedBroker['taken'] = [];
  return {
    taken,
    sidecar: {
      tryLock: (...lock) => sidecar.tryLock(...lock),
      unlock: (...lock) => sidecar.unlock(...lock),
      publish: async (topic, entries) => {
        const failed = await sidecar.publish(topic, entries);
        taken.push(...entries.filter(({ id }) => !failed.has(id)));
        return failed;
      },
    },
  };
}
