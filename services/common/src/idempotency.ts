import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Sidecar } from './dapr.ts';
import { type Database, isDuplicateKey, type Queryable } from './database.ts';
import { type Refusal, refuse } from './refusal.ts';

/** Who asks for what, under which Idempotency-Key. */
export interface IdempotentRequest {
  userId: string;
  operation: string;
  key: string;
  /** The meaningful fields of the request; the same key with other fields is refused. */
  body: unknown;
}

/** Keeps an answer in the transaction of its effect. */
export type RecordAnswer<A> = (tx: Queryable, answer: A) => Promise<void>;

interface StoredAnswer {
  fingerprint: Buffer;
  answer: unknown;
}

const claimSeconds = 30;
const waitForTwinMs = 8_000;

/**
 * Gives a request one effect and one answer, however often and however concurrently it is sent.
 *
 * The row in `idempotency_keys`, written in the transaction of the effect, decides: a second effect violates its primary key and
 * is rolled back. The claim in the state store only spares MySQL the twins of a request that is still running.
 *
 * @param work does the thing; it must call `record` in the transaction of its effect. Answers that were not recorded
 *   (refusals, which have no effect) are kept afterwards.
 * @param revive turns a kept JSON answer back into its type
 * @returns the answer, the first one again for a repeated request, or the refusal `idempotency-key-reused`
 */
export async function answerOnce<A>(
  deps: { db: Database; sidecar: Sidecar },
  request: IdempotentRequest,
  revive: (stored: unknown) => A,
  work: (record: RecordAnswer<A>) => Promise<A>,
): Promise<A | Refusal> {
  const id = sha256([request.userId, request.operation, request.key]);
  const fingerprint = sha256(request.body);
  const replay = async (): Promise<A | Refusal | undefined> => {
    const stored = await findAnswer(deps.db, id);
    if (!stored) return undefined;
    if (stored.fingerprint.equals(fingerprint)) return revive(stored.answer);
    return refuse('idempotency-key-reused', 'This Idempotency-Key was used for another request.');
  };

  if (!(await claim(deps.sidecar, id))) {
    const answer = await pollUntil(replay, waitForTwinMs);
    if (answer !== undefined) return answer;
  }
  const progress = { recorded: false };
  const insert = 'INSERT INTO idempotency_keys (id, fingerprint, answer) VALUES (?, ?, ?)';
  try {
    const answer = await work(async (tx, value) => {
      await tx.execute(insert, [id, fingerprint, JSON.stringify(value)]);
      progress.recorded = true;
    });
    if (!progress.recorded) await deps.db.execute(insert, [id, fingerprint, JSON.stringify(answer)]);
    return answer;
  } catch (error) {
    const answer = isDuplicateKey(error) ? await replay() : undefined;
    if (answer === undefined) throw error;
    return answer;
  }
}

function sha256(value: unknown): Buffer {
  return createHash('sha256').update(JSON.stringify(value)).digest();
}

async function claim(sidecar: Sidecar, id: Buffer): Promise<boolean> {
  try {
    return await sidecar.createState(`idempotency:${id.toString('hex')}`, 1, claimSeconds);
  } catch {
    // Without the state store MySQL decides alone.
    return true;
  }
}

async function findAnswer(db: Database, id: Buffer): Promise<StoredAnswer | undefined> {
  const [row] = await db.query<StoredAnswer>('SELECT fingerprint, answer FROM idempotency_keys WHERE id = ?', [id]);
  if (!row) return undefined;
  return { fingerprint: row.fingerprint, answer: typeof row.answer === 'string' ? JSON.parse(row.answer) : row.answer };
}

async function pollUntil<T>(look: () => Promise<T | undefined>, timeoutMs: number): Promise<T | undefined> {
  const deadline = performance.now() + timeoutMs;
  for (let pause = 10; performance.now() < deadline; pause = Math.min(pause * 2, 250)) {
    const found = await look();
    if (found !== undefined) return found;
    await delay(pause);
  }
  return undefined;
}
