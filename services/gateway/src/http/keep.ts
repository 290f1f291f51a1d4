import { createCounter } from '@ticketing/common/telemetry';
import type { Context } from '../context.ts';
import type { Kept } from './kept-answers.ts';
import { isProblem, type Problem } from './problems.ts';
import { type ReadyAnswer, readyAnswer } from './ready-answer.ts';

/** How answers to one kind of question are kept. */
export interface Keeping<Q> {
  /** The route's operation, which no other answers have. */
  name: string;
  /** For how long an answer is given. */
  ttlMs: number;
  /** For how much longer it is given while it is made anew. */
  staleMs: number;
  /** What browsers and proxies may do with it. */
  cacheControl: string;
  /** What the answer is about, where changes of that are told; with one it is forgotten. */
  topic?: (question: Q) => string;
}

/** A 200 whose body is a `B`. */
export interface Made<B> {
  status: 200;
  headers?: Record<string, string>;
  body?: B;
  /** The body where it is JSON already. */
  bytes?: Uint8Array;
  /** In place of the time for which such answers are kept. */
  ttlMs?: number;
}

/** A kept 200 whose body is a `B`. */
export interface Ready<B> {
  status: 200;
  ready: ReadyAnswer;
  /** Never there: it has the compiler compare what is kept with what the route promises. */
  promised?: B;
}

const made = createCounter('ticketing_kept_answers_made_total', 'Answers that were made to be kept, by operation');

/** A problem on its way to all who wait for the answer. It is not kept. */
class NotMade extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.code);
    this.problem = problem;
  }
}

/** Gives what is kept, or makes it. */
export interface KeptRead<Q, B> {
  (ctx: Context, question: Q): Promise<Ready<B> | Problem>;
  /** @returns gives what is kept of this question, as long as it need not be made anew; its work is done once and not each time */
  fresh: (question: Q) => (ctx: Context) => Ready<B> | undefined;
}

/**
 * Keeps what `make` answers, for all who ask the same question: it must depend on nothing else. Problems and failures are told to those who
 * wait, and not kept. Limits and access are checked by the route, for each request.
 * @param make gets the question, whose JSON is the key: alike for questions that mean the same, and of bounded length
 */
export function keep<Q extends object, B>(
  keeping: Keeping<Q>,
  make: (ctx: Context, question: Q) => Promise<Made<B> | Problem>,
): KeptRead<Q, B> {
  const { name, staleMs, cacheControl, topic } = keeping;
  const makeKept = async (ctx: Context, question: Q, key: string): Promise<Kept> => {
    made.add(1, { name });
    const answer = await make(ctx, question);
    if (isProblem(answer)) throw new NotMade(answer);
    const bytes = answer.bytes ?? Buffer.from(JSON.stringify(answer.body));
    const ready = readyAnswer(bytes, { 'cache-control': cacheControl, ...answer.headers });
    const ttlMs = Math.max(1, answer.ttlMs ?? keeping.ttlMs);
    return { ready, ttlMs, staleMs, size: bytes.byteLength + 2 * key.length };
  };
  const keyOf = (question: Q): string => `${name} ${JSON.stringify(question)}`;
  const read = (ctx: Context, question: Q): Promise<Ready<B> | Problem> => {
    const key = keyOf(question);
    return ctx.kept.get(topic?.(question), key, () => makeKept(ctx, question, key)).then(readyOf<B>, problemOf);
  };
  const fresh = (question: Q) => {
    const [about, key] = [topic?.(question), keyOf(question)];
    return (ctx: Context): Ready<B> | undefined => {
      const kept = ctx.kept.fresh(about, key);
      return kept && readyOf<B>(kept);
    };
  };
  return Object.assign(read, { fresh });
}

function readyOf<B>({ ready }: Kept): Ready<B> {
  return { status: 200, ready };
}

function problemOf(error: unknown): Problem {
  if (error instanceof NotMade) return error.problem;
  throw error;
}
