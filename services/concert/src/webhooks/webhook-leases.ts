import { type Database, idFromBinary, idToBinary, newId, type Queryable } from '@ticketing/common/database';

/** A webhook whose due deliveries one sender may send until `until` of its own clock (performance.now). */
export interface LeasedWebhook {
  id: Buffer;
  url: string;
  secret: Buffer;
  /** How many attempts in a row have failed. */
  failures: number;
  token: Buffer;
  until: number;
}

export interface DueDelivery {
  id: string;
  body: string;
  /** Failed ones. */
  attempts: number;
}

// Longer than the attempts that are begun within half of it can take.
const leaseSeconds = 60;
const sendingMs = 30_000;

/** Leases webhooks that have something due, which nobody has in hand and which need no rest. Instances skip what another one is just leasing. */
export function leaseWebhooks(db: Database, limit: number): Promise<LeasedWebhook[]> {
  return db.transaction(async (tx) => {
    const rows = await tx.query<Omit<LeasedWebhook, 'token' | 'until'>>(
      `SELECT id, url, secret, failures FROM webhooks w
        WHERE (lease_until IS NULL OR lease_until <= UTC_TIMESTAMP(3)) AND (not_before IS NULL OR not_before <= UTC_TIMESTAMP(3))
          AND EXISTS (SELECT 1 FROM webhook_deliveries d
                       WHERE d.webhook_id = w.id AND d.status = 'PENDING' AND d.next_attempt_at <= UTC_TIMESTAMP(3))
        ORDER BY lease_until LIMIT ? FOR UPDATE SKIP LOCKED`,
      [limit],
    );
    if (rows.length === 0) return [];
    const token = idToBinary(newId());
    const until = performance.now() + sendingMs;
    await tx.execute(
      `UPDATE webhooks SET lease_token = ?, lease_until = UTC_TIMESTAMP(3) + INTERVAL ${leaseSeconds} SECOND WHERE id IN (?)`,
      [token, rows.map(({ id }) => id)],
    );
    return rows.map((row) => ({ ...row, token, until }));
  });
}

/** The oldest of what is due for a webhook. */
export async function dueDeliveries(db: Queryable, { id }: LeasedWebhook, limit: number): Promise<DueDelivery[]> {
  const rows = await db.query<{ id: Buffer; body: string; attempts: number }>(
    `SELECT id, body, attempts FROM webhook_deliveries
      WHERE webhook_id = ? AND status = 'PENDING' AND next_attempt_at <= UTC_TIMESTAMP(3) ORDER BY next_attempt_at, id LIMIT ?`,
    [id, limit],
  );
  return rows.map((row) => ({ ...row, id: idFromBinary(row.id) }));
}

/** Writes down that a delivery was taken. */
export async function noteDelivered(db: Queryable, webhook: LeasedWebhook, { id }: DueDelivery): Promise<void> {
  await db.execute(
    `UPDATE webhook_deliveries SET status = 'DELIVERED', attempts = attempts + 1, last_error = NULL, ended_at = UTC_TIMESTAMP(3)
      WHERE id = ? AND webhook_id = ? AND status = 'PENDING'`,
    [idToBinary(id), webhook.id],
  );
}

/**
 * Writes down a failed attempt: the delivery waits for its next one, and the webhook rests. What has been tried for a day is dead, also what
 * waited behind.
 * @returns how many deliveries are dead now
 */
export function noteFailed(
  db: Database,
  webhook: LeasedWebhook,
  { id }: DueDelivery,
  failure: { error: string; waitSeconds: number; restSeconds: number },
): Promise<number> {
  return db.transaction(async (tx) => {
    await tx.execute(
      'UPDATE webhooks SET failures = failures + 1, not_before = UTC_TIMESTAMP(3) + INTERVAL ? SECOND WHERE id = ? AND lease_token = ?',
      [failure.restSeconds, webhook.id, webhook.token],
    );
    await tx.execute(
      `UPDATE webhook_deliveries SET attempts = attempts + 1, last_error = ?, next_attempt_at = UTC_TIMESTAMP(3) + INTERVAL ? SECOND
        WHERE id = ? AND webhook_id = ? AND status = 'PENDING'`,
      [failure.error.slice(0, 200), failure.waitSeconds, idToBinary(id), webhook.id],
    );
    return tx.execute(
      `UPDATE webhook_deliveries SET status = 'DEAD', ended_at = UTC_TIMESTAMP(3)
        WHERE webhook_id = ? AND status = 'PENDING' AND expires_at <= UTC_TIMESTAMP(3)`,
      [webhook.id],
    );
  });
}

/** Gives a webhook back. @param isWell whether its last attempt was taken */
export async function releaseWebhook(db: Queryable, { id, token }: LeasedWebhook, isWell: boolean): Promise<void> {
  await db.execute(
    `UPDATE webhooks SET lease_token = NULL, lease_until = UTC_TIMESTAMP(3) ${isWell ? ', failures = 0, not_before = NULL' : ''}
      WHERE id = ? AND lease_token = ?`,
    [id, token],
  );
}
