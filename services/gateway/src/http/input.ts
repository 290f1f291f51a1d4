import type { Request } from 'express';
import { z } from 'zod';
import { readJsonBody } from './json-body.ts';
import { type FieldError, isProblem, type Problem, type ProblemCode, problem } from './problems.ts';

const noQuery = z.strictObject({});
const mostErrors = 20;
const longestText = 200;

/** What a route reads from a request. A part that is left out is not read; a query that is left out must be empty. */
export type InputShape = Readonly<Record<string, z.ZodType>> & {
  params?: z.ZodObject;
  query?: z.ZodObject;
  body?: z.ZodType;
  idempotencyKey?: z.ZodType;
  ifNoneMatch?: z.ZodType;
  acceptEncoding?: z.ZodType;
};

/** What a route says about its input; `absent` is the problem for a path parameter that can't be anything's id. */
interface DeclaredInput {
  input: InputShape;
  largestBody?: number;
  absent?: ProblemCode;
}

/** Reads and checks the declared parts of a request; the first problem in the order path, headers, query and body is the answer. */
export async function readInput<S extends z.ZodObject>(
  spec: DeclaredInput,
  schema: S,
  request: Request,
): Promise<{ input: z.output<S> } | Problem> {
  const declared = spec.input;
  const given: Record<keyof InputShape, unknown> = {
    params: request.params,
    query: request.query,
    idempotencyKey: request.get('idempotency-key'),
    ifNoneMatch: request.get('if-none-match'),
    acceptEncoding: request.get('accept-encoding'),
    body: undefined,
  };
  if (declared.params && !declared.params.safeParse(given.params).success) return problem(spec.absent ?? 'not-found');
  if (declared.idempotencyKey && !declared.idempotencyKey.safeParse(given.idempotencyKey).success) {
    return problem(given.idempotencyKey === undefined ? 'idempotency-key-required' : 'idempotency-key-invalid');
  }
  if (!isReadable(request.url)) {
    return problem('invalid-request', { errors: [{ path: '', message: 'The query is not percent-encoded UTF-8' }] });
  }
  const query = (declared.query ?? noQuery).safeParse(given.query);
  if (!query.success) return problem('invalid-request', { errors: fieldErrors(query.error.issues) });
  if (declared.body) {
    const body = await readJsonBody(request, spec.largestBody);
    if (isProblem(body)) return body;
    if (!isObject(body.value) && !(body.value === undefined && declared.body.safeParse(undefined).success)) {
      return problem('invalid-body', { detail: 'The body must be a JSON object.' });
    }
    given.body = body.value;
  }
  const parsed = schema.safeParse(given);
  if (parsed.success) return { input: parsed.data };
  // Only the body is left to complain about; its fields are named from its own root.
  return problem('invalid-request', { errors: fieldErrors(parsed.error.issues.map((issue) => ({ ...issue, path: issue.path.slice(1) }))) });
}

// The parser of queries puts replacement characters where bytes make no sense; that would search for something nobody asked for.
function isReadable(url: string): boolean {
  try {
    decodeURIComponent(url);
    return true;
  } catch {
    return false;
  }
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fieldErrors(issues: z.core.$ZodIssue[]): FieldError[] {
  return issues
    .flatMap((issue) => flatten(issue, []))
    .slice(0, mostErrors)
    .map(({ path, message }) => ({ path: path.slice(0, longestText), message: message.slice(0, longestText) }));
}

function flatten(issue: z.core.$ZodIssue, parents: PropertyKey[]): FieldError[] {
  const path = [...parents, ...issue.path];
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => ({ path: dotted([...path, key]), message: 'Unknown field' }));
  if (issue.code === 'invalid_union') {
    // Of the alternatives, the one with the fewest complaints is the one that was meant.
    const [closest] = issue.errors.toSorted((a, b) => a.length - b.length);
    if (closest) return closest.flatMap((inner) => flatten(inner, path));
  }
  return [{ path: dotted(path), message: issue.message }];
}

function dotted(path: PropertyKey[]): string {
  return path.map(String).join('.');
}
