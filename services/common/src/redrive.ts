import type { Sidecar } from './dapr.ts';
import type { Database } from './database.ts';
import { InvocationFailed } from './invocation-failed.ts';
import { redriveOutcome } from './receive-events.ts';
import { createGauge } from './telemetry.ts';

const batchSize = 20;
// A consumer counts as unavailable after so many failed letters in a turn.
const mostFailures = 5;

/** Gives an event to its consumer again. @throws InvocationFailed when the consumer, or what it needs, is out */
async function redrive(sidecar: Pick<Sidecar, 'request'>, service: string, event: string): Promise<{ outcome: string; error: string }> {
  const headers = { 'content-type': 'application/json' };
  const reply = await sidecar.request('POST', '/redriven', { appId: service, body: event, headers });
  if (reply.status !== 200) throw new InvocationFailed(service, '/redriven', reply.status, reply.body.toString());
  return redriveOutcome.parse(JSON.parse(reply.body.toString()));
}

interface Redriver {
  db: Database;
  sidecar: Pick<Sidecar, 'request'>;
}

/**
 * One turn of bringing letters back to their consumers, to each in the order in which they were parked. A letter that fails again is parked again;
 * those whose consumer is out wait, and hold up nobody else's. A crash in between gives the event once more, which the consumer's inbox drops.
 */
export async function redriveDue(redriver: Redriver): Promise<void> {
  const consumers = await redriver.db.query<{ service: string }>("SELECT DISTINCT service FROM dead_letters WHERE status = 'REDRIVING'");
  const turns = await Promise.allSettled(consumers.map(({ service }) => redriveTo(redriver, service)));
  for (const turn of turns) if (turn.status === 'rejected') throw turn.reason;
}

async function redriveTo(redriver: Redriver, service: string): Promise<void> {
  const failures: InvocationFailed[] = [];
  let last: Buffer = Buffer.alloc(16);
  for (;;) {
    const rows = await redriver.db.query<{ id: Buffer; event: unknown }>(
      `SELECT id, event FROM dead_letters WHERE status = 'REDRIVING' AND service = ? AND id > ? ORDER BY id LIMIT ${batchSize}`,
      [service, last],
    );
    for (const row of rows) {
      last = row.id;
      try {
        await redriveOne(redriver, service, row);
      } catch (error) {
        // A consumer that answers may take the next one; what it could not say about this one is not known.
        if (!(error instanceof InvocationFailed && error.code === 'internal')) throw error;
        failures.push(error);
        if (failures.length >= mostFailures) throw error;
      }
    }
    if (rows.length < batchSize) break;
  }
  if (failures[0]) throw failures[0];
}

async function redriveOne({ db, sidecar }: Redriver, service: string, { id, event }: { id: Buffer; event: unknown }): Promise<void> {
  // MySQL returns a JSON column as a value, MariaDB as text.
  const { outcome, error } = await redrive(sidecar, service, typeof event === 'string' ? event : JSON.stringify(event));
  if (outcome === 'done') {
    await db.execute("UPDATE dead_letters SET status = 'REDRIVEN' WHERE id = ? AND status = 'REDRIVING'", [id]);
  } else {
    await db.execute(
      "UPDATE dead_letters SET status = 'PARKED', error = ?, attempts = attempts + 1 WHERE id = ? AND status = 'REDRIVING'",
      [error.slice(0, 1_000), id],
    );
  }
}

const parked = createGauge('ticketing_dead_letters_parked', 'Events that a consumer gave up and that wait for an operator');

/** Notes how many letters wait, by consumer. */
export async function watchDeadLetters(db: Database, consumers: readonly string[]): Promise<void> {
  const rows = await db.query<{ service: string; count: number }>(
    "SELECT service, COUNT(*) AS count FROM dead_letters WHERE status = 'PARKED' GROUP BY service",
  );
  for (const consumer of consumers) parked.record(rows.find(({ service }) => service === consumer)?.count ?? 0, { consumer });
}
