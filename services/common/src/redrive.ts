import type { Sidecar } from './dapr.ts';
import type { Database } from './database.ts';
import { redriveOutcome } from './inbox.ts';
import { InvocationFailed } from './rpc-client.ts';
import { createGauge } from './telemetry.ts';

const batchSize = 20;

/** Gives an event to its consumer again. @throws InvocationFailed when the consumer, or what it needs, is out */
async function redrive(sidecar: Pick<Sidecar, 'request'>, service: string, event: string): Promise<{ outcome: string; error: string }> {
  const headers = { 'content-type': 'application/json' };
  const reply = await sidecar.request('POST', '/redriven', { appId: service, body: event, headers });
  if (reply.status !== 200) throw new InvocationFailed(service, '/redriven', reply.status, reply.body.toString());
  return redriveOutcome.parse(JSON.parse(reply.body.toString()));
}

/**
 * One turn of bringing letters back to their consumers, in the order in which they were parked. A letter that fails again is parked again; one
 * whose consumer is out waits. A crash in between gives the event once more, which the consumer's inbox drops.
 */
export async function redriveDue({ db, sidecar }: { db: Database; sidecar: Pick<Sidecar, 'request'> }): Promise<void> {
  for (;;) {
    const rows = await db.query<{ id: Buffer; service: string; event: unknown }>(
      `SELECT id, service, event FROM dead_letters WHERE status = 'REDRIVING' ORDER BY id LIMIT ${batchSize}`,
    );
    for (const { id, service, event } of rows) {
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
    if (rows.length < batchSize) return;
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
