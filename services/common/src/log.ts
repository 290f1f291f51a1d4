import { trace } from '@opentelemetry/api';
import { type Logger, pino } from 'pino';

export type { Logger } from 'pino';

const secretPaths = ['password', 'accessToken', 'pass', 'token', 'authorization', 'email', 'name', 'jwks', 'qr'];

/**
 * Makes the JSON logger of a service. Every line carries the trace id of the request that it belongs to;
 * fields that hold secrets or personal data are redacted up to two levels deep.
 */
export function createLogger(options: { service: string; instance: string; level: string }): Logger {
  return pino({
    level: options.level,
    base: { service: options.service, instance: options.instance },
    redact: { paths: secretPaths.flatMap((path) => [path, `*.${path}`, `*.*.${path}`]), censor: '[redacted]' },
    serializers: { err: describeError },
    mixin: () => {
      const span = trace.getActiveSpan()?.spanContext();
      return span ? { traceId: span.traceId, spanId: span.spanId } : {};
    },
  });
}

interface DescribedError {
  type: string;
  message: string;
  code?: string;
  /** SQL with its placeholders; never the values. */
  sql?: string;
  stack?: string;
}

/**
 * What a log may say of an error. Errors of the database carry the statement's values (addresses, password hashes), in fields and in their
 * messages, so of those only the code and the statement with placeholders are kept.
 */
function describeError(error: unknown): DescribedError {
  if (!(error instanceof Error)) return { type: typeof error, message: String(error) };
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
  const frames = error.stack?.slice(error.stack.indexOf('\n    at ') + 1);
  if (!('query' in error) || typeof error.query !== 'string') {
    return { type: error.name, message: error.message, ...code, ...(error.stack === undefined ? {} : { stack: error.stack }) };
  }
  return { type: error.name, message: 'a statement failed', ...code, sql: error.query, ...(frames === undefined ? {} : { stack: frames }) };
}
