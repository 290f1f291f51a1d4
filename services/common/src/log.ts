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
    mixin: () => {
      const span = trace.getActiveSpan()?.spanContext();
      return span ? { traceId: span.traceId, spanId: span.spanId } : {};
    },
  });
}
