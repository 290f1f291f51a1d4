import { createHash } from 'node:crypto';
import { type DescMessage, fromJson, type JsonValue, type MessageShape, toJsonString } from '@bufbuild/protobuf';
import { z } from 'zod';
import { type Database, isDuplicateKey, type Queryable } from './database.ts';
import { endsWithin } from './ends-within.ts';
import { createGroupWork } from './group-work.ts';
import { type Refusal, refuse } from './refusal.ts';

/** A request: the account, the operation, its body and the Idempotency-Key. */
export interface IdempotentRequest {
  userId: string;
  operation: string;
  key: string;
  /** The meaningful fields of the request; the same key with other fields is refused. */
  body: unknown;
}

/** An answer on its way into the database, under its request's key. */
export interface KeptAnswer {
  id: Buffer;
  fingerprint: Buffer;
  answer: string;
}

/** Keeps an answer in the transaction of its effect. */
export type RecordAnswer<A> = (tx: Queryable, answer: A) => Promise<void>;

/** Says what the answer is, where `recordAnswers` then keeps those of a group. */
export type KeepAnswer<A> = (answer: A) => KeptAnswer;

/** Keeps the answers of a group in the transaction of their effects. */
export async function recordAnswers(tx: Queryable, kept: readonly KeptAnswer[]): Promise<void> {
  const rows = kept.map(({ id, fingerprint, answer }) => [id, fingerprint, answer]);
  await tx.execute('INSERT INTO idempotency_keys (id, fingerprint, answer) VALUES ?', [rows]);
}

interface StoredAnswer {
  fingerprint: Buffer;
  answer: JsonValue;
}

const jsonValue = z.json();
const answersPerQuery = 100;
const waitForTwinMs = 4_000;

/** The requests that this instance works on, by database and id. */
const underWay = new WeakMap<Database, Map<string, Promise<unknown>>>();

/**
 * Gives a request one effect and one answer, however often and however concurrently it is sent.
 *
 * The row in `idempotency_keys`, written in the transaction of the effect, decides: a second effect violates its primary key and
 * is rolled back. Twins that reach the same instance wait for the one that was first.
 * A refusal has no effect and is not kept: time or money may change it, so the same request may try again under the same key.
 *
 * @param schema the protobuf message that answers are; kept as its JSON form
 * @param work does the thing; it must call `record` in the transaction of its effect, or `keep` where a group of requests has one
 *   transaction. What was not recorded is a refusal. Work that goes on after its first transaction records what is known by then.
 * @returns the answer, the first one again for a repeated request, or a refusal: `idempotency-key-reused`, or
 *   `request-in-progress` while a twin takes long
 */
export async function answerOnce<S extends DescMessage>(
  { db }: { db: Database },
  request: IdempotentRequest,
  schema: S,
  work: (record: RecordAnswer<MessageShape<S>>, keep: KeepAnswer<MessageShape<S>>) => Promise<MessageShape<S>>,
): Promise<MessageShape<S> | Refusal> {
  const id = sha256([request.userId, request.operation, request.key]);
  const fingerprint = sha256(request.body);
  const replay = async (): Promise<MessageShape<S> | Refusal | undefined> => {
    const stored = await findAnswer(db, id);
    if (stored === 'none') return undefined;
    if (stored.fingerprint.equals(fingerprint)) return fromJson(schema, stored.answer, { ignoreUnknownFields: true });
    return refuse('idempotency-key-reused', 'This Idempotency-Key was used for another request.');
  };
  const runOnce = async (): Promise<MessageShape<S> | Refusal> => {
    let kept: MessageShape<S> | undefined;
    const keep: KeepAnswer<MessageShape<S>> = (value) => {
      kept = value;
      return { id, fingerprint, answer: toJsonString(schema, value) };
    };
    try {
      const answer = await work((tx, value) => recordAnswers(tx, [keep(value)]), keep);
      // What refused this one may be the effect of its twin in another instance.
      return kept === answer ? answer : ((await replay()) ?? answer);
    } catch (error) {
      const answer = isDuplicateKey(error) ? await replay() : undefined;
      if (answer === undefined) throw error;
      return answer;
    }
  };

  const key = id.toString('hex');
  const requests = requestsUnderWay(db);
  const giveUpAt = performance.now() + waitForTwinMs;
  for (;;) {
    const first = await replay();
    if (first !== undefined) return first;
    const twin = requests.get(key);
    if (!twin) break;
    if (!(await endsWithin(twin, giveUpAt - performance.now()))) {
      return refuse('request-in-progress', 'The same request is still running.');
    }
  }
  const run = runOnce().finally(() => requests.delete(key));
  requests.set(key, run);
  return run;
}

function requestsUnderWay(db: Database): Map<string, Promise<unknown>> {
  const known = underWay.get(db) ?? new Map<string, Promise<unknown>>();
  underWay.set(db, known);
  return known;
}

function sha256(value: unknown): Buffer {
  return createHash('sha256').update(JSON.stringify(value)).digest();
}

const findAnswer = createGroupWork(answersPerQuery, async (db, ids: Buffer[]): Promise<(StoredAnswer | 'none')[]> => {
  const rows = await db.query<{ id: Buffer; fingerprint: Buffer; answer: JsonValue }>(
    'SELECT id, fingerprint, answer FROM idempotency_keys WHERE id IN (?)',
    [ids],
  );
  const byId = new Map(rows.map((row) => [row.id.toString('hex'), row]));
  return ids.map((id) => {
    const row = byId.get(id.toString('hex'));
    if (!row) return 'none';
    // MySQL returns a JSON column as a value, MariaDB as text.
    return { fingerprint: row.fingerprint, answer: typeof row.answer === 'string' ? jsonValue.parse(JSON.parse(row.answer)) : row.answer };
  });
});
