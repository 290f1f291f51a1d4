import { type Database, idFromBinary, idToBinary, newId, type Queryable } from '@ticketing/common/database';

/** A refund of some tickets is a kind of its own, which a version that can only give back all of a payment does not advance. */
export type SagaKind = 'payment' | 'refund' | 'part-refund';

/** What a saga is about, for those who look at it from outside. */
export function subjectOf(kind: SagaKind): 'payment' | 'refund' {
  return kind === 'payment' ? 'payment' : 'refund';
}

/** A saga in the hands of somebody who has its lease. It is about the payment or the refund with the id `subjectId`. */
export interface Saga {
  id: string;
  kind: SagaKind;
  subjectId: string;
  /** How often it has been tried, this time included. */
  tries: number;
  /** An operator wants it undone. */
  compensating: boolean;
  /** Names this lease: who has lost it changes nothing any more. */
  leaseToken: Buffer;
}

// Longer than any call takes. Whoever is silent for longer may be dead, so the next one takes over.
const leaseSeconds = 15;

/** Outcomes by step; `begun` until the outcome is known. */
export type Steps = Record<string, string>;

/** Begins sagas in the transaction of their first step, leased to their maker. @param steps what was done, and what is asked next */
export async function beginSagas(
  tx: Queryable,
  subjectIds: string[],
  { kind, owner, steps }: { kind: SagaKind; owner: string; steps: Steps },
): Promise<Saga[]> {
  const leaseToken = idToBinary(newId());
  const sagas = subjectIds.map((subjectId): Saga => ({ id: newId(), kind, subjectId, tries: 1, compensating: false, leaseToken }));
  const row = `(?, ?, ?, 'RUNNING', 1, UTC_TIMESTAMP(3) + INTERVAL ${leaseSeconds} SECOND, ?, ?, UTC_TIMESTAMP(3) + INTERVAL ${leaseSeconds} SECOND)`;
  await tx.execute(
    `INSERT INTO sagas (id, kind, subject_id, status, attempts, next_attempt_at, lease_owner, lease_token, lease_until)
     VALUES ${sagas.map(() => row).join(', ')}`,
    sagas.flatMap(({ id, subjectId }) => [idToBinary(id), kind, idToBinary(subjectId), owner, leaseToken]),
  );
  await recordSteps(tx, sagas, steps);
  return sagas;
}

/** Writes down what is about to be asked, or what came of it. The first outcome of a step stays. */
export async function recordSteps(tx: Queryable, sagas: readonly Saga[], steps: Steps): Promise<void> {
  await tx.execute(
    `INSERT INTO saga_steps (saga_id, step, outcome) VALUES ?
     ON DUPLICATE KEY UPDATE at = IF(outcome = 'begun', CURRENT_TIMESTAMP(3), at), outcome = IF(outcome = 'begun', VALUES(outcome), outcome)`,
    [sagas.flatMap(({ id }) => Object.entries(steps).map(([step, outcome]) => [idToBinary(id), step, outcome]))],
  );
}

/**
 * Ends sagas in the transaction of their last step. False: a lease is lost or a saga has ended already, so the caller must undo what it did
 * for several, and do nothing for one.
 */
export async function endSagas(tx: Queryable, sagas: readonly Saga[], status: 'COMPLETED' | 'COMPENSATED'): Promise<boolean> {
  const ended = await tx.execute(
    `UPDATE sagas SET status = ?, ended_at = UTC_TIMESTAMP(3), lease_owner = NULL, lease_until = NULL
      WHERE (${sagas.map(() => '(id = ? AND lease_token = ?)').join(' OR ')}) AND status = 'RUNNING'`,
    [status, ...sagas.flatMap((saga) => [idToBinary(saga.id), saga.leaseToken])],
  );
  return ended === sagas.length;
}

interface SagaRow {
  id: Buffer;
  kind: SagaKind;
  subject_id: Buffer;
  attempts: number;
  compensating: number;
}

const isFree = '(lease_until IS NULL OR lease_until <= UTC_TIMESTAMP(3))';

/** Leases sagas that are due and that nobody has in hand. Instances skip what another one is just leasing. */
export function leaseDueSagas(db: Database, owner: string, limit: number): Promise<Saga[]> {
  return db.transaction(async (tx) => {
    const rows = await tx.query<SagaRow>(
      `SELECT id, kind, subject_id, attempts, compensating FROM sagas
        WHERE status = 'RUNNING' AND next_attempt_at <= UTC_TIMESTAMP(3) AND ${isFree}
        ORDER BY next_attempt_at LIMIT ? FOR UPDATE SKIP LOCKED`,
      [limit],
    );
    return lease(tx, owner, rows);
  });
}

/** Leases one saga in the caller's transaction, due or not. Undefined: it has ended, or somebody has it in hand. */
export async function leaseSaga(tx: Queryable, owner: string, id: string): Promise<Saga | undefined> {
  const rows = await tx.query<SagaRow>(
    `SELECT id, kind, subject_id, attempts, compensating FROM sagas
      WHERE id = ? AND status IN ('RUNNING', 'PARKED') AND ${isFree} FOR UPDATE`,
    [idToBinary(id)],
  );
  const [saga] = await lease(tx, owner, rows);
  return saga;
}

async function lease(tx: Queryable, owner: string, rows: SagaRow[]): Promise<Saga[]> {
  if (rows.length === 0) return [];
  const leaseToken = idToBinary(newId());
  await tx.execute(
    `UPDATE sagas SET attempts = attempts + 1, lease_owner = ?, lease_token = ?,
            lease_until = UTC_TIMESTAMP(3) + INTERVAL ${leaseSeconds} SECOND, next_attempt_at = UTC_TIMESTAMP(3) + INTERVAL ${leaseSeconds} SECOND
      WHERE id IN (?)`,
    [owner, leaseToken, rows.map((row) => row.id)],
  );
  return rows.map(({ id, kind, subject_id: subjectId, attempts, compensating }) => ({
    ...{ id: idFromBinary(id), kind, subjectId: idFromBinary(subjectId) },
    ...{ tries: attempts + 1, compensating: compensating === 1, leaseToken },
  }));
}

/** Gives a saga back after a try without a known outcome. False: the lease is lost. */
export async function postponeSaga(tx: Queryable, saga: Saga, reason: string, seconds: number): Promise<boolean> {
  const given = await tx.execute(
    `UPDATE sagas SET last_error = ?, lease_owner = NULL, lease_until = NULL, next_attempt_at = UTC_TIMESTAMP(3) + INTERVAL ? SECOND
      WHERE id = ? AND status = 'RUNNING' AND lease_token = ?`,
    [reason.slice(0, 255), seconds, idToBinary(saga.id), saga.leaseToken],
  );
  return given === 1;
}

/** Puts a saga aside for an operator. False: the lease is lost. */
export async function parkSaga(tx: Queryable, saga: Saga, reason: string): Promise<boolean> {
  const parked = await tx.execute(
    `UPDATE sagas SET status = 'PARKED', last_error = ?, lease_owner = NULL, lease_until = NULL
      WHERE id = ? AND status = 'RUNNING' AND lease_token = ?`,
    [reason.slice(0, 255), idToBinary(saga.id), saga.leaseToken],
  );
  return parked === 1;
}
