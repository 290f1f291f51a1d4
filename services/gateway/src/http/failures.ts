import { Code, ConnectError } from '@connectrpc/connect';
import { InvocationFailed } from '@ticketing/common/invocation-failed';
import type { Logger } from '@ticketing/common/log';
import type { ErrorRequestHandler } from 'express';
import { type Problem, problem } from './problems.ts';
import { setSecurityHeaders } from './security-headers.ts';
import { sendProblem } from './send-problem.ts';

/** True when a service, its sidecar or the way there is out; false when the service answered that it failed. */
export function isOutage(error: unknown): error is InvocationFailed | ConnectError {
  if (error instanceof InvocationFailed)
    return error.code === undefined || error.code === 'unavailable' || error.code === 'deadline_exceeded';
  return error instanceof ConnectError && (error.code === Code.Unavailable || error.code === Code.DeadlineExceeded);
}

/** The last resort: logs once, answers 503 for an outage and 500 for anything else; tells the client nothing about the inside. */
export function answerFailures(log: Logger): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    setSecurityHeaders(response);
    sendProblem(response, explain(error, log, request.method, response.locals.route));
  };
}

function explain(error: unknown, log: Logger, method: string, route: unknown): Problem {
  // Express throws it for a path that can't be decoded.
  if (error instanceof URIError) return problem('not-found');
  if (isOutage(error)) {
    log.warn({ reason: error.message, method, route }, 'a service is out');
    return problem('temporarily-unavailable');
  }
  log.error({ err: error, method, route }, 'request failed');
  return problem('internal-error');
}
