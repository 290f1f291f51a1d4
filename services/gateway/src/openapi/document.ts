import { STATUS_CODES } from 'node:http';
import { OpenAPIRegistry, OpenApiGeneratorV31 } from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';
import type { InputShape } from '../http/input.ts';
import { describeProblem, type ProblemCode } from '../http/problems.ts';
import type { Route, RouteSpec } from '../http/route.ts';
import { problemSchema } from '../http/send-problem.ts';

const description = `Sign up, wait in line, hold seats, pay with points, get tickets.

Money is whole KRW. Times are UTC. Ids are UUIDs. Lists are read page by page with \`cursor\`. Unknown fields are refused.
Errors are \`application/problem+json\` (RFC 9457); look at \`code\`. [All codes](/docs/problems)`;

/** Makes the OpenAPI 3.1 document from the same definitions that the routes run on. */
export function createApiDocument(routes: Route[]) {
  const registry = new OpenAPIRegistry();
  registry.registerComponent('securitySchemes', 'accessToken', {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'From POST /api/v1/sessions.',
  });
  registry.registerComponent('securitySchemes', 'browserSession', {
    type: 'apiKey',
    in: 'cookie',
    name: '__Host-session',
    description:
      'From POST /api/v1/sessions with `session: "cookie"`, for pages of the same origin. An Authorization header goes before it.',
  });
  registry.registerComponent('securitySchemes', 'queuePass', {
    type: 'apiKey',
    in: 'header',
    name: 'X-Queue-Pass',
    description: 'From GET /api/v1/queue/tokens/{concertId}, while ACTIVE.',
  });
  for (const { spec } of routes) registry.registerPath(describeOperation(spec));
  const tags = [...new Set(routes.map(({ spec }) => spec.tag))].map((name) => ({ name }));
  return new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: '3.1.0',
    info: { title: 'Concert ticketing', version: '1.0.0', description },
    servers: [{ url: '/' }],
    tags,
  });
}

type Operation = Parameters<OpenAPIRegistry['registerPath']>[0];

function describeOperation(spec: RouteSpec): Operation {
  const { method, path, operationId, summary, access } = spec;
  const roles = access.roles ? `Needs the role ${access.roles.map((name) => `\`${name}\``).join(' or ')}.` : undefined;
  const pass = access.needs === 'pass' && { queuePass: [] };
  const gate =
    access.needs === 'gate' ? 'For accounts at the gate of the performance, the organiser of its concert, and operators.' : undefined;
  const largest = spec.largestBody === undefined ? undefined : `The body has at most ${spec.largestBody / 1_024} KiB.`;
  const text = [spec.description, roles, gate, largest].filter((part) => part !== undefined).join('\n\n');
  return {
    method,
    path,
    operationId,
    summary,
    ...(text && { description: text }),
    tags: [spec.tag],
    security: access.needs === 'nothing' ? [] : ['accessToken', 'browserSession'].map((scheme) => ({ [scheme]: [], ...pass })),
    request: describeRequest(spec.input),
    responses: { ...describeAnswers(spec), ...describeProblems(spec) },
  };
}

function describeRequest({ params, query, body, idempotencyKey, ifNoneMatch }: InputShape): NonNullable<Operation['request']> {
  const headers = { ...(idempotencyKey && { 'Idempotency-Key': idempotencyKey }), ...(ifNoneMatch && { 'If-None-Match': ifNoneMatch }) };
  return {
    ...(params && { params }),
    ...(query && { query }),
    ...(Object.keys(headers).length > 0 && { headers: z.object(headers) }),
    ...(body && { body: { required: !body.safeParse(undefined).success, content: { 'application/json': { schema: body } } } }),
  };
}

const entityTag = z.object({ ETag: z.string().meta({ description: 'To be sent back in If-None-Match.' }) });

function describeAnswers({ responses, streams, produces, input }: RouteSpec): Operation['responses'] {
  const type = streams ? 'text/event-stream' : (produces ?? 'application/json');
  const headers = input.ifNoneMatch && { headers: entityTag };
  return Object.fromEntries(
    Object.entries(responses).map(([status, schema]) => [
      status,
      { description: STATUS_CODES[status] ?? status, ...headers, ...(schema && { content: { [type]: { schema } } }) },
    ]),
  );
}

function describeProblems(spec: RouteSpec): Operation['responses'] {
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of problemsOf(spec)) {
    const { status } = describeProblem(code);
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      String(status),
      {
        description: codes.map((code) => `\`${code}\`: ${describeProblem(code).title}`).join('\n\n'),
        content: { 'application/problem+json': { schema: problemSchema } },
      },
    ]),
  );
}

/** Every problem that a route can answer with. */
function problemsOf({ method, access, input, problems, absent }: RouteSpec): ProblemCode[] {
  const codes: ProblemCode[] = [...problems, 'invalid-request', 'rate-limited', 'internal-error', 'temporarily-unavailable'];
  if (absent) codes.push(absent);
  if (access.needs !== 'nothing') codes.push('unauthenticated');
  if (access.needs !== 'nothing' && method !== 'get') codes.push('cross-site-request');
  if (access.needs === 'role') codes.push('forbidden');
  if (access.needs === 'pass') codes.push('queue-pass-required', 'queue-pass-invalid');
  if (input.idempotencyKey) {
    codes.push('idempotency-key-invalid', 'idempotency-key-reused', 'request-in-progress');
    if (!input.idempotencyKey.safeParse(undefined).success) codes.push('idempotency-key-required');
  }
  if (input.body) codes.push('invalid-body', 'body-too-large', 'unsupported-media-type');
  return [...new Set(codes)].sort((a, b) => describeProblem(a).status - describeProblem(b).status);
}
