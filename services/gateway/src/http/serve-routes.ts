import { type RequestHandler, type Response, Router } from 'express';
import type { Context } from '../context.ts';
import { isProblem, problem } from './problems.ts';
import { networkOf } from './rate-limits.ts';
import type { Answer, Route } from './route.ts';
import { sendProblem } from './send-problem.ts';

/** Serves the routes; other methods on their paths are answered 405. Paths are taken to the letter. */
export function serveRoutes(ctx: Context, routes: Route[]): Router {
  const router = Router({ caseSensitive: true, strict: true });
  for (const route of routes) router[route.spec.method](expressPath(route), answerWith(ctx, route));
  for (const [path, methods] of methodsByPath(routes)) {
    router.all(path, (_request, response) => {
      response.locals.route = path;
      sendProblem(response, problem('method-not-allowed', { allow: methods }));
    });
  }
  return router;
}

function answerWith(ctx: Context, route: Route): RequestHandler {
  const template = expressPath(route);
  return async (request, response) => {
    response.locals.route = template;
    const answer = await route.answer(ctx, request);
    if (isProblem(answer)) sendProblem(response, answer);
    else if (answer.stream) {
      const owner = { userId: answer.stream.owner, address: networkOf(request.ip) };
      const refusal = ctx.streams.open(request, response, owner, answer.stream.open);
      if (refusal) sendProblem(response, refusal);
    } else send(response, answer);
  };
}

function send(response: Response, { status, headers, body, bytes }: Answer): void {
  response.status(status).set({ 'cache-control': 'no-store', ...headers });
  if (bytes) response.set('content-type', 'application/json; charset=utf-8').end(bytes);
  else if (body === undefined) response.end();
  else response.json(body);
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
