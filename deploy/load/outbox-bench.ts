import { Sidecar } from '@ticketing/common/dapr';
import { type Database, newId, openDatabase } from '@ticketing/common/database';
import { addEvents, publishOutbox } from '@ticketing/common/outbox';
import { withoutGuard } from '@ticketing/common/testing/without-guard';
import type { StackDescription } from '../local/stack-description.ts';
import { StepFailure } from '../local/step-failure.ts';
import type { Bench } from './bench-definition.ts';

const rows = 100_000;
const aggregates = 1_000;
const rowsPerStatement = 2_000;
const mebibyte = 1_048_576;

/** Drains a full outbox by the relay's own code, through a sidecar to the broker. */
export const outboxBench: Bench = {
  summary: `drains an outbox of ${rows.toLocaleString('en')} events, and checks their order and what it takes of memory`,
  instances: {},
  run: measureDrain,
};

async function measureDrain(stack: StackDescription): Promise<void> {
  const { db, drop } = await openOwnOutbox(stack);
  const instance = stack.instances.find(({ service }) => service === 'payment');
  if (!instance) throw new StepFailure('the stack has no payment service');
  const sidecar = new Sidecar({ httpPort: instance.daprHttpPort, apiToken: stack.daprApiToken });
  try {
    await fill(db);
    const sent = new Map<string, number>();
    let disorder = 0;
    const recorded: Pick<Sidecar, 'publish'> = {
      publish: async (topic, entries) => {
        const failed = await sidecar.publish(topic, entries);
        for (const { id, key, data } of entries.filter((entry) => !failed.has(entry.id))) {
          const place = placeOf(data, id);
          if (place <= (sent.get(key) ?? 0)) disorder += 1;
          sent.set(key, place);
        }
        return failed;
      },
    };
    const before = process.memoryUsage().rss;
    const started = performance.now();
    const drained = await drain(db, recorded);
    report({ ...drained, seconds: (performance.now() - started) / 1_000, before, disorder, aggregates: sent.size });
    if (drained.published !== rows || disorder > 0) throw new StepFailure('the outbox was not drained in order');
  } finally {
    await drop();
    await sidecar.close();
  }
}

/** An outbox that no service's relay looks into. */
async function openOwnOutbox(stack: StackDescription): Promise<{ db: Database; drop: () => Promise<void> }> {
  const { host, port, owners } = stack.database;
  const { database, migrator } = owners.payment;
  const config = { DB_HOST: host, DB_PORT: port, DB_NAME: database, DB_USER: migrator.user, DB_POOL_SIZE: 2, DB_WAIT_MS: 60_000 };
  const real = await openDatabase({ config, password: migrator.password, entities: [], migrations: [] });
  const table = 'bench_outbox_events';
  await real.execute(`DROP TABLE IF EXISTS ${table}`);
  await real.execute(`CREATE TABLE ${table} LIKE outbox_events`);
  return {
    db: withoutGuard(real, 'outbox_events', table),
    drop: async () => {
      await real.execute(`DROP TABLE ${table}`);
      await real.close();
    },
  };
}

/** Events that nobody has a handler for; the amount is their place within their aggregate. */
async function fill(db: Database): Promise<void> {
  const ids = Array.from({ length: aggregates }, () => newId());
  for (let from = 0; from < rows; from += rowsPerStatement) {
    const events = Array.from({ length: rowsPerStatement }, (_, index) => {
      const userId = ids[(from + index) % aggregates] ?? newId();
      return { aggregateId: userId, data: { chargeId: newId(), userId, amount: Math.floor((from + index) / aggregates) + 1 } };
    });
    await db.transaction((tx) => addEvents(tx, 'points.charged', events));
  }
}

function placeOf(data: unknown, id: string): number {
  if (typeof data === 'object' && data !== null && 'amount' in data && typeof data.amount === 'number') return data.amount;
  throw new Error(`event ${id} has no place`);
}

async function drain(db: Database, sidecar: Pick<Sidecar, 'publish'>): Promise<{ published: number; peak: number }> {
  let [published, peak] = [0, 0];
  for (;;) {
    const count = await publishOutbox(db, sidecar);
    published += count;
    peak = Math.max(peak, process.memoryUsage().rss);
    if (count === 0) return { published, peak };
  }
}

interface Drained {
  published: number;
  peak: number;
  before: number;
  seconds: number;
  disorder: number;
  aggregates: number;
}

function report({ published, peak, before, seconds, disorder, aggregates: keys }: Drained): void {
  const lines = [
    `published        ${published} events of ${keys} aggregates in ${seconds.toFixed(1)} s: ${(published / seconds).toFixed(0)} a second`,
    `out of order     ${disorder}`,
    `memory           ${(before / mebibyte).toFixed(0)} MiB before, ${(peak / mebibyte).toFixed(0)} MiB at most`,
  ];
  process.stdout.write(`\n${lines.join('\n')}\n`);
}
