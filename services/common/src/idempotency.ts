import { createHash } from 'node:crypto';
import { type DescMessage, fromJson, type JsonValue, type MessageShape, toJsonString } from '@bufbuild/protobuf';
import { z } from 'zod';
import { crashPoint } from './crash-point.ts';
import type { Sidecar } from './dapr.ts';
import { type Database, isDuplicateKey, type Queryable } from './database.ts';
import { pollUntil } from './poll-until.ts';
import { type Refusal, refuse } from './refusal.ts';
import { type ClaimStore, claimRequest, dropClaim, type RequestClaim } from './request-claim.ts';

/** A request: the account, the operation, its body and the Idempotency-Key. */
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
  answer: JsonValue;
}

const jsonValue = z.json();
const waitForTwinMs = 4_000;

/**
 * Gives a request one effect and one answer, however often and however concurrently it is sent.
 *
 * The row in `idempotency_keys`, written in the transaction of the effect, decides: a second effect violates its primary key and
 * is rolled back. The claim in the state store only spares MySQL the twins of a request that is still running.
 * A refusal has no effect and is not kept: time or money may change it, so the same request may try again under the same key.
 *
 * @param schema the protobuf message that answers are; kept as its JSON form
 * @param work does the thing; it must call `record` in the transaction of its effect. What was not recorded is a refusal.
 *   Work that goes on after its first transaction records what is known by then.
 * @returns the answer, the first one again for a repeated request, or a refusal: `idempotency-key-reused`, or
 *   `request-in-progress` while a twin takes long
 */
export async function answerOnce<S extends DescMessage>(
  deps: { db: Database; sidecar: Sidecar },
  request: IdempotentRequest,
  schema: S,
  work: (record: RecordAnswer<MessageShape<S>>) => Promise<MessageShape<S>>,
): Promise<MessageShape<S> | Refusal> {
  const id = sha256([request.userId, request.operation, request.key]);
  const fingerprint = sha256(request.body);
  const replay = async (): Promise<MessageShape<S> | Refusal | undefined> => {
    const stored = await findAnswer(deps.db, id);
    if (!stored) return undefined;
    if (stored.fingerprint.equals(fingerprint)) return fromJson(schema, stored.answer, { ignoreUnknownFields: true });
    return refuse('idempotency-key-reused', 'This Idempotency-Key was used for another request.');
  };

  const claimed = await claimRequest(deps.sidecar, id.toString('hex'));
  await crashPoint('idempotency.after-claim');
  const turn = claimed === 'twin' ? await waitForTwin(deps.sidecar, id, replay) : { claim: claimed };
  // The twin may still have its effect. Doing the work beside it could refuse what it is about to be given.
  if (!turn) return refuse('request-in-progress', 'The same request is still running.');
  if (!('claim' in turn)) return turn.answer;
  const insert = 'INSERT INTO idempotency_keys (id, fingerprint, answer) VALUES (?, ?, ?)';
  let recorded: MessageShape<S> | undefined;
  try {
    const answer = await work(async (tx, value) => {
      await tx.execute(insert, [id, fingerprint, toJsonString(schema, value)]);
      recorded = value;
    });
    if (recorded === answer) return answer;
    // What refused this one may be the effect of its twin, or of the same request that was sent before.
    const first = await replay();
    // The answer does not wait for that: a repetition that comes earlier waits as for a concurrent request.
    if (first === undefined) void dropClaim(deps.sidecar, turn.claim);
    return first ?? answer;
  } catch (error) {
    const answer = isDuplicateKey(error) ? await replay() : undefined;
    if (answer !== undefined) return answer;
    await dropClaim(deps.sidecar, turn.claim);
    throw error;
  }
}

function sha256(value: unknown): Buffer {
  return createHash('sha256').update(JSON.stringify(value)).digest();
}

/** The answer that a twin has had; or the claim, when the twin was refused or failed and has given it up. */
function waitForTwin<A>(
  store: ClaimStore,
  id: Buffer,
  replay: () => Promise<A | undefined>,
): Promise<{ answer: A } | { claim: RequestClaim } | undefined> {
  return pollUntil(async () => {
    const answer = await replay();
    if (answer !== undefined) return { answer };
    const claim = await claimRequest(store, id.toString('hex'));
    return claim === 'twin' ? undefined : { claim };
  }, waitForTwinMs);
}

async function findAnswer(db: Database, id: Buffer): Promise<StoredAnswer | undefined> {
  const [row] = await db.query<{ fingerprint: Buffer; answer: JsonValue }>(
    'SELECT fingerprint, answer FROM idempotency_keys WHERE id = ?',
    [id],
  );
  if (!row) return undefined;
  // MySQL returns a JSON column as a value, MariaDB as text.
  return { fingerprint: row.fingerprint, answer: typeof row.answer === 'string' ? jsonValue.parse(JSON.parse(row.answer)) : row.answer };
}
