import { type Database, idFromBinary, idToBinary, newId, type Queryable } from '@ticketing/common/database';

/** What a saga is about: the payment or the refund with the id `subjectId`. */
export interface Saga {
  id: string;
  kind: 'payment' | 'refund';
  subjectId: string;
  /** How often recovery has taken it up. */
  attempts: number;
}

// Longer than any call takes, so that a saga is never in two hands at once; and if it is, every step is idempotent.
const leaseSeconds = 15;
const slowestRetrySeconds = 60;

/** Begins a saga in the transaction of its first step. Its maker has it for the length of a lease; after that recovery takes it up. */
export async function beginSaga(tx: Queryable, kind: Saga['kind'], subjectId: string, firstStep: string): Promise<Saga> {
  const id = newId();
  await tx.execute(
    `INSERT INTO sagas (id, kind, subject_id, status, next_attempt_at)
     VALUES (?, ?, ?, 'RUNNING', UTC_TIMESTAMP(3) + INTERVAL ${leaseSeconds} SECOND)`,
    [idToBinary(id), kind, idToBinary(subjectId)],
  );
  await recordStep(tx, id, firstStep, 'done');
  return { id, kind, subjectId, attempts: 0 };
}

/** Remembers what came of a step; the first outcome stays. */
export async function recordStep(tx: Queryable, sagaId: string, step: string, outcome: string): Promise<void> {
  await tx.execute('INSERT INTO saga_steps (saga_id, step, outcome) VALUES (?, ?, ?) ON DUPLICATE KEY UPDATE step = step', [
    idToBinary(sagaId),
    step,
    outcome,
  ]);
}

/** Ends a saga in the transaction of its last step. False: somebody else has ended it, so the caller must undo. */
export async function endSaga(tx: Queryable, sagaId: string, status: 'COMPLETED' | 'COMPENSATED'): Promise<boolean> {
  return (await tx.execute("UPDATE sagas SET status = ? WHERE id = ? AND status = 'RUNNING'", [status, idToBinary(sagaId)])) === 1;
}

/** Leases sagas that nobody has in hand. Instances skip what another one is just leasing. */
export async function leaseDueSagas(db: Database, limit: number): Promise<Saga[]> {
  return db.transaction(async (tx) => {
    const rows = await tx.query<{ id: Buffer; kind: Saga['kind']; subject_id: Buffer; attempts: number }>(
      `SELECT id, kind, subject_id, attempts FROM sagas WHERE status = 'RUNNING' AND next_attempt_at <= UTC_TIMESTAMP(3)
        ORDER BY next_attempt_at LIMIT ? FOR UPDATE SKIP LOCKED`,
      [limit],
    );
    if (rows.length === 0) return [];
    await tx.execute(
      `UPDATE sagas SET attempts = attempts + 1, next_attempt_at = UTC_TIMESTAMP(3) + INTERVAL ${leaseSeconds} SECOND WHERE id IN (?)`,
      [rows.map((row) => row.id)],
    );
    return rows.map(({ id, kind, subject_id: subjectId, attempts }) => ({
      id: idFromBinary(id),
      kind,
      subjectId: idFromBinary(subjectId),
      attempts: attempts + 1,
    }));
  });
}

/** Gives a saga back after a try without a known outcome, for a later try: after 1, 2, 4 … 60 seconds. */
export async function postponeSaga(db: Database, saga: Saga, error: unknown): Promise<void> {
  const seconds = Math.min(2 ** saga.attempts, slowestRetrySeconds);
  const reason = error instanceof Error ? error.message : 'unknown';
  await db.execute(
    `UPDATE sagas SET last_error = ?, next_attempt_at = UTC_TIMESTAMP(3) + INTERVAL ? SECOND
      WHERE id = ? AND status = 'RUNNING'`,
    [reason.slice(0, 255), seconds, idToBinary(saga.id)],
  );
}
