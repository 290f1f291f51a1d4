import { type Request, type RequestHandler, type Response, Router } from 'express';
import { LRUCache } from 'lru-cache';
import type { Context } from '../context.ts';
import { isProblem, type Problem, problem } from './problems.ts';
import { networkOf } from './rate-limits.ts';
import { sendReady } from './ready-answer.ts';
import type { Answer, AnswerKnown, Route } from './route.ts';
import { securityHeaders, setSecurityHeaders } from './security-headers.ts';
import { sendFile } from './send-file.ts';
import { sendProblem } from './send-problem.ts';

interface KnownRequest {
  template: string;
  answer: AnswerKnown;
}

// What is read from an address takes some kilobytes at most.
const requestsKnown = 2_000;
const longestKnown = 1_000;

export interface ServedRoutes {
  serve: RequestHandler;
  /** Answers a request whose answer is kept. @returns its route, or undefined where it must be served */
  answerAtOnce: (request: Request, response: Response) => string | undefined;
}

/**
 * Serves the routes; other methods on their paths are answered 405. Paths are taken to the letter. What is read from the addresses of hot
 * routes is remembered, so that their requests are neither routed nor parsed again.
 */
export function serveRoutes(ctx: Context, routes: Route[]): ServedRoutes {
  const known = new LRUCache<string, KnownRequest>({ max: requestsKnown });
  const router = createRouter(ctx, routes, known);
  const answerAtOnce: ServedRoutes['answerAtOnce'] = (request, response) => {
    const found = request.method === 'GET' ? known.get(nameOf(request)) : undefined;
    const answer = found?.answer.atOnce?.(request);
    if (!found || !answer) return undefined;
    if (isProblem(answer)) setSecurityHeaders(response);
    send(ctx, request, response, answer);
    return found.template;
  };
  const serve: RequestHandler = async (request, response, next) => {
    const found = request.method === 'GET' ? known.get(nameOf(request)) : undefined;
    if (!found) {
      setSecurityHeaders(response);
      return router(request, response, next);
    }
    response.locals.route = found.template;
    const answer = await found.answer.answer(request);
    // All others have these headers.
    if (isProblem(answer) || answer.stream) setSecurityHeaders(response);
    await sendRenewed(ctx, request, response, answer);
  };
  return { serve, answerAtOnce };
}

/** What the input of hot routes is read from. */
function nameOf(request: Request): string {
  return `${request.headers['accept-encoding'] ?? ''} ${request.url}`;
}

function createRouter(ctx: Context, routes: Route[], known: LRUCache<string, KnownRequest>): Router {
  const router = Router({ caseSensitive: true, strict: true });
  for (const route of routes) router[route.spec.method](expressPath(route), answerWith(ctx, route, known));
  for (const [path, methods] of methodsByPath(routes)) {
    router.all(path, (_request, response) => {
      response.locals.route = path;
      sendProblem(response, problem('method-not-allowed', { allow: methods }));
    });
  }
  return router;
}

function answerWith(ctx: Context, route: Route, known: LRUCache<string, KnownRequest>): RequestHandler {
  const template = expressPath(route);
  return async (request, response) => {
    response.locals.route = template;
    const name = nameOf(request);
    const learns = route.spec.hot && name.length <= longestKnown;
    const learn = learns ? (answer: AnswerKnown) => known.set(name, { template, answer }) : undefined;
    await sendRenewed(ctx, request, response, await route.answer(ctx, request, learn));
  };
}

/** Sends the answer, and with it the new cookie of a browser session that has one. */
async function sendRenewed(ctx: Context, request: Request, response: Response, answer: Answer | Problem): Promise<void> {
  const renewal = ctx.renewals.of(request);
  const hasOwn = !isProblem(answer) && answer.headers?.['set-cookie'] !== undefined;
  const cookie = hasOwn ? undefined : await renewal;
  if (cookie !== undefined) response.setHeader('set-cookie', cookie);
  send(ctx, request, response, answer);
}

function send(ctx: Context, request: Request, response: Response, answer: Answer | Problem): void {
  if (isProblem(answer)) sendProblem(response, answer);
  else if (answer.ready) sendReady(request, response, answer.ready);
  else if (answer.stream) {
    const owner = { userId: answer.stream.owner, address: networkOf(request.ip) };
    const refusal = ctx.streams.open(request, response, owner, answer.stream.open);
    if (refusal) sendProblem(response, refusal);
  } else if (answer.file) sendFile(ctx.log, request, response, answer.file);
  else sendAnswer(response, answer);
}

const plainHeaders = { ...securityHeaders, 'cache-control': 'no-store' };

// Node sends headers that it is given together, and a string with them, in one piece.
function sendAnswer(response: Response, { status, headers, body, bytes }: Answer): void {
  const content = bytes ?? (body === undefined ? undefined : JSON.stringify(body));
  if (content === undefined) response.writeHead(status, { ...plainHeaders, ...headers }).end();
  else {
    const length = { 'content-type': 'application/json; charset=utf-8', 'content-length': Buffer.byteLength(content) };
    response.writeHead(status, { ...plainHeaders, ...headers, ...length }).end(content);
  }
}

function expressPath({ spec }: Route): string {
  return spec.path.replaceAll(/\{(\w+)\}/g, ':$1');
}

function methodsByPath(routes: Route[]): Map<string, string[]> {
  const methods = new Map<string, string[]>();
  for (const route of routes) {
    const known = methods.get(expressPath(route)) ?? [];
    const added = route.spec.method === 'get' ? ['GET', 'HEAD'] : [route.spec.method.toUpperCase()];
    methods.set(expressPath(route), [...known, ...added]);
  }
  return methods;
}
