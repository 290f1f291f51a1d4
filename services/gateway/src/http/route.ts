import type { Request } from 'express';
import { z } from 'zod';
import type { Access, Caller } from '../auth/access.ts';
import type { Context } from '../context.ts';
import type { OpenStream } from './event-streams.ts';
import { type InputShape, readInput } from './input.ts';
import { isProblem, type Problem, type ProblemCode, problem } from './problems.ts';
import { networkOf, type RateLimitName } from './rate-limits.ts';
import type { ReadyAnswer } from './ready-answer.ts';
import type { SentFile } from './send-file.ts';

/** Schemas of the answers by status; null for one without a body. */
export type Responses = Record<number, z.ZodType | null>;

/**
 * A route's answer as far as HTTP is concerned; `bytes` are JSON that is passed on as it is, `stream` are server-sent events, `ready` is a
 * whole answer, which is sent as it is, or as 304, and `file` is what is not JSON.
 */
export interface Answer {
  status: number;
  headers?: Record<string, string>;
  body?: unknown;
  bytes?: Uint8Array;
  stream?: { owner: string; open: OpenStream };
  ready?: ReadyAnswer;
  file?: SentFile;
}

/** An answer that keeps what the route promised. */
type Promised<R extends Responses> = {
  [S in keyof R & number]: R[S] extends z.ZodType
    ?
        | { status: S; body: z.output<R[S]> }
        | { status: S; bytes: Uint8Array; body?: never }
        | { status: S; stream: object; body?: never }
        | { status: S; file: SentFile; body?: never }
        | { status: S; ready: ReadyAnswer; promised?: z.output<R[S]>; body?: never }
    : { status: S };
}[keyof R & number];

export type Tag =
  | 'Accounts'
  | 'Waiting room'
  | 'Concerts'
  | 'Seats and reservations'
  | 'Points and payments'
  | 'Tickets'
  | 'Gate'
  | 'Administration';

/** All that is said about a route: the Express route and its OpenAPI operation both come from this. */
export interface RouteSpec<C extends Caller = Caller, S extends InputShape = InputShape, R extends Responses = Responses> {
  method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** With parameters as in OpenAPI, for example `/api/v1/concerts/{id}`. */
  path: `/${string}`;
  operationId: string;
  summary: string;
  description?: string;
  tag: Tag;
  access: Access<C>;
  /** In place of the limit per user; where there is no user, one per address. */
  limit?: RateLimitName;
  /** A limit per address beside the one per user. */
  addressLimit?: RateLimitName;
  input: S;
  /** In bytes, where it is more than 64 KiB. */
  largestBody?: number;
  responses: R;
  /** Asked so often that what is read from an address is remembered. It must read nothing else but `If-None-Match` and `Accept-Encoding`. */
  hot?: true;
  /** Answers with server-sent events, each with data of the promised schema. */
  streams?: true;
  /** The media type of a file that it answers with in place of JSON. */
  produces?: SentFile['type'];
  /** What the route itself refuses; problems of input, access and limits are added. */
  problems: ProblemCode[];
  /** The problem for a path parameter that can't be anything's id. */
  absent?: ProblemCode;
}

export interface Route {
  spec: RouteSpec;
  /**
   * Checks limits, access and input, then does the work.
   * @param learn where it is given, it gets what answers further requests with the same input; that checks limits and access again
   */
  answer: (ctx: Context, request: Request, learn?: (answer: AnswerKnown) => void) => Promise<Answer | Problem>;
}

/** Answers requests whose input is known already. */
export interface AnswerKnown {
  answer: (request: Request) => Promise<Answer | Problem>;
  /** At once, where nothing is left to do for it but to count it. */
  atOnce?: ((request: Request) => Answer | Problem | undefined) | undefined;
}

/** What a route that is open to all does with an answer that is kept. */
interface KeptHandling<I> {
  /** @returns gives what is kept for the input */
  fresh: (input: I) => (ctx: Context) => Answer | undefined;
  /** Counts the request, and may refuse it. */
  count?: (ctx: Context, input: I, address: string) => Problem | undefined;
}

/**
 * Defines a public route.
 * @param handle does the work; it gets the parsed input, who is asking and from which network, and answers with one of the promised responses or a problem
 * @param kept for answers that may be there already
 */
export function defineRoute<C extends Caller, S extends InputShape, R extends Responses>(
  spec: RouteSpec<C, S, R>,
  handle: (ctx: Context, input: z.output<z.ZodObject<S>>, caller: C, address: string) => Promise<(Answer & Promised<NoInfer<R>>) | Problem>,
  kept?: KeptHandling<z.output<z.ZodObject<S>>>,
): Route {
  const input = z.object(spec.input);
  const work = (ctx: Context, parsed: z.output<typeof input>, caller: C, address: string): Promise<Answer | Problem> => {
    const run = () => handle(ctx, parsed, caller, address);
    if (spec.limit !== 'credentials' && spec.addressLimit !== 'credentials') return run();
    return ctx.credentialsAtOnce.run(address, run).then((answer) => answer ?? problem('rate-limited'));
  };
  return {
    spec,
    answer: async (ctx, request, learn) => {
      const address = networkOf(request.ip);
      const caller = await admit(ctx, spec, request, address);
      if (isProblem(caller)) return caller;
      const parsed = await readInput(spec, input, request);
      if (isProblem(parsed)) return parsed;
      learn?.({
        answer: async (other) => {
          const from = networkOf(other.ip);
          const otherCaller = await admit(ctx, spec, other, from);
          return isProblem(otherCaller) ? otherCaller : work(ctx, parsed.input, otherCaller, from);
        },
        atOnce: kept && answerAtOnce(ctx, spec, kept, parsed.input),
      });
      return work(ctx, parsed.input, caller, address);
    },
  };
}

function answerAtOnce<I>(ctx: Context, spec: RouteSpec, { fresh, count }: KeptHandling<I>, input: I): AnswerKnown['atOnce'] {
  if (spec.access.needs !== 'nothing') return undefined;
  const look = fresh(input);
  return (request) => {
    const answer = look(ctx);
    if (!answer) return undefined;
    const address = networkOf(request.ip);
    return refuseTooMany(ctx, spec, address) ?? count?.(ctx, input, address) ?? answer;
  };
}

async function admit<C extends Caller>(ctx: Context, spec: RouteSpec<C>, request: Request, address: string): Promise<C | Problem> {
  return refuseTooMany(ctx, spec, address) ?? spec.access.identify(ctx, request, { limit: spec.limit ?? 'user', address });
}

function refuseTooMany(ctx: Context, spec: RouteSpec, address: string): Problem | undefined {
  for (const name of limitsOfAddress(spec)) {
    const wait = ctx.limits.take(name, address);
    if (wait !== undefined) return problem('rate-limited', { retryAfterSeconds: wait });
  }
  return undefined;
}

/** What every request is counted by before anything is done for it. */
function limitsOfAddress({ access, limit, addressLimit }: Pick<RouteSpec, 'access' | 'limit' | 'addressLimit'>): RateLimitName[] {
  const own = access.needs === 'nothing' ? limit : addressLimit;
  return own === undefined ? ['address'] : ['address', own];
}
