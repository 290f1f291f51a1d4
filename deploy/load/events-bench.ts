import { setTimeout as delay } from 'node:timers/promises';
import { Sidecar } from '@ticketing/common/dapr';
import { type Database, idFromBinary, newId, openDatabase } from '@ticketing/common/database';
import { createLogger } from '@ticketing/common/log';
import { addEvent, type OutboxRelay, startOutboxRelay } from '@ticketing/common/outbox';
import { pollUntil } from '@ticketing/common/poll-until';
import { withoutGuard } from '@ticketing/common/testing/without-guard';
import { readRecords } from '../local/process-record.ts';
import type { StackDescription } from '../local/stack-description.ts';
import { StepFailure } from '../local/step-failure.ts';
import type { Bench } from './bench-definition.ts';
import { cpuSeconds } from './cpu-time.ts';

const salesPerSecond = [100, 300];
const secondsPerRate = 5;
const eventsAlone = 30;
const betweenAloneMs = 150;
const table = 'bench_outbox_events';
const processes = ['reservation-1-dapr', 'kafka', 'payment-1-dapr', 'payment-1', 'mariadb'];

/** Two events a sale, one that payments take and one that does not concern them, from an outbox by the relay's own code. */
export const eventsBench: Bench = {
  summary: 'delivers the events of holds at a steady rate: how long they take, and the CPU of each process for one',
  instances: {},
  run: measureDelivery,
};

interface Parts {
  stack: StackDescription;
  outbox: Database;
  payments: Database;
  relay: OutboxRelay;
  publishCalls: () => number;
}

async function measureDelivery(stack: StackDescription, signal: AbortSignal): Promise<void> {
  const instance = stack.instances.find(({ service }) => service === 'reservation');
  if (!instance) throw new StepFailure('the stack has no reservation service');
  const sidecar = new Sidecar({ httpPort: instance.daprHttpPort, apiToken: stack.daprApiToken });
  const real = await open(stack, 'reservation');
  const payments = await open(stack, 'payment');
  await real.execute(`CREATE TABLE IF NOT EXISTS ${table} LIKE outbox_events`);
  const outbox = withoutGuard(real, 'outbox_events', table);
  let calls = 0;
  const relay = startOutboxRelay({
    ...{ db: outbox, service: 'bench', instance: 'bench', log: createLogger({ service: 'bench', instance: 'bench', level: 'warn' }) },
    sidecar: {
      tryLock: (...lock) => sidecar.tryLock(...lock),
      unlock: (...lock) => sidecar.unlock(...lock),
      publish: (...call) => {
        calls += 1;
        return sidecar.publish(...call);
      },
    },
  });
  const parts = { stack, outbox, payments, relay, publishCalls: () => calls };
  try {
    const rows = [await measureAlone(parts)];
    for (const rate of salesPerSecond) {
      signal.throwIfAborted();
      rows.push(await measureRate(parts, rate));
    }
    process.stdout.write(
      `\n${['load', 'events in a call of the relay', 'p50', 'p95', ...processes, 'all'].join(' | ')}\n${rows.join('\n')}\n`,
    );
    process.stdout.write('Milliseconds: from an event’s commit to its effect, and of CPU for an event.\n');
  } finally {
    await relay.stop();
    await real.execute(`DROP TABLE ${table}`);
    await Promise.all([real.close(), payments.close(), sidecar.close()]);
  }
}

function open({ database }: StackDescription, owner: 'reservation' | 'payment'): Promise<Database> {
  const { database: name, migrator } = database.owners[owner];
  const config = {
    DB_HOST: database.host,
    DB_PORT: database.port,
    DB_NAME: name,
    DB_USER: migrator.user,
    DB_POOL_SIZE: 20,
    DB_WAIT_MS: 60_000,
  };
  return openDatabase({ config, password: migrator.password, entities: [], migrations: [] });
}

async function measureAlone(parts: Parts): Promise<string> {
  return measure(parts, `one at a time, ${betweenAloneMs} ms apart`, async () => {
    for (let count = 0; count < eventsAlone; count += 1) {
      await sell(parts);
      await delay(betweenAloneMs);
    }
  });
}

async function measureRate(parts: Parts, rate: number): Promise<string> {
  return measure(parts, `${rate} sales a second`, async () => {
    const started = performance.now();
    const sales: Promise<void>[] = [];
    for (let at = 0; at < secondsPerRate * 1_000; at = performance.now() - started) {
      while (sales.length < (at / 1_000) * rate) sales.push(sell(parts));
      await delay(5);
    }
    await Promise.all(sales);
  });
}

/** Writes the events of a sale, each in a transaction of its own. */
async function sell({ outbox, relay }: Parts): Promise<void> {
  const [reservationId, performanceId, concertId, userId] = [newId(), newId(), newId(), newId()];
  const reservation = { reservationId, performanceId, concertId, userId, seatIds: [newId()], amount: 50_000 };
  await addEvent(outbox, 'reservation.held', reservationId, { ...reservation, expiresAt: new Date().toISOString() });
  relay.wake();
  // In place of a confirmation, which is counted by the seats that the reservation service knows.
  await addEvent(outbox, 'reservation.cancelled', reservationId, reservation);
  relay.wake();
}

async function measure(parts: Parts, load: string, work: () => Promise<void>): Promise<string> {
  await parts.outbox.execute('DELETE FROM outbox_events');
  const before = { cpu: cpuNow(parts.stack), calls: parts.publishCalls() };
  await work();
  const times = await arrivalTimes(parts);
  const used = cpuNow(parts.stack).map((seconds, index) => seconds - (before.cpu[index] ?? 0));
  const events = times.length * 2;
  const perEvent = [...used, used.reduce((sum, one) => sum + one, 0)].map((seconds) => ((seconds * 1_000) / events).toFixed(2));
  const group = (events / (parts.publishCalls() - before.calls)).toFixed(1);
  return [load, group, quantile(times, 0.5), quantile(times, 0.95), ...perEvent].join(' | ');
}

/** Waits until all events have arrived. @returns the milliseconds that each took */
async function arrivalTimes({ outbox, payments }: Parts): Promise<number[]> {
  const written = await outbox.query<{ id: Buffer; created_at: Date }>(
    "SELECT id, created_at FROM outbox_events WHERE type = 'reservation.held'",
  );
  const arrived = await pollUntil(async () => {
    const rows = await payments.query<{ event_id: Buffer; received_at: Date }>('SELECT event_id, received_at FROM inbox_events');
    const times = new Map(rows.map((row) => [idFromBinary(row.event_id), row.received_at.getTime()]));
    return written.every(({ id }) => times.has(idFromBinary(id))) ? times : undefined;
  }, 60_000);
  if (!arrived) throw new StepFailure('events have not arrived within a minute');
  return written.map(({ id, created_at: at }) => (arrived.get(idFromBinary(id)) ?? 0) - at.getTime()).sort((a, b) => a - b);
}

function cpuNow({ profile }: StackDescription): number[] {
  const records = readRecords(profile);
  return processes.map((name) => records.filter((record) => record.name === name).reduce((sum, { pid }) => sum + cpuSeconds(pid), 0));
}

function quantile(sorted: number[], share: number): string {
  return (sorted[Math.floor((sorted.length - 1) * share)] ?? 0).toFixed(0);
}
