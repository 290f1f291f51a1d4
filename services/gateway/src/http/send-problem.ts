import { currentTraceId } from '@ticketing/common/telemetry';
import type { Response } from 'express';
import { z } from 'zod';
import { describeProblem, type Problem } from './problems.ts';

/** The body of every error (RFC 9457). */
export const problemSchema = z
  .object({
    type: z.string().meta({ description: 'Relative address of the code’s description.', example: '/docs/problems#seat-taken' }),
    title: z.string(),
    status: z.int(),
    code: z.string().meta({ description: 'Stable; programs should look at this.', example: 'seat-taken' }),
    detail: z.string().optional(),
    traceId: z.string().meta({ description: 'Quote it when you ask for help.', example: '4bf92f3577b34da6a3ce929d0e0e4736' }),
    errors: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .optional()
      .meta({ description: 'What is wrong with which field.' }),
    checkedInAt: z.string().optional().meta({ description: 'When somebody was let in with the ticket.' }),
    gate: z.string().nullable().optional().meta({ description: 'At which gate that was.' }),
    seatIds: z.array(z.string()).optional().meta({ description: 'The seats that it is about.' }),
    positions: z.array(z.int()).optional().meta({ description: 'The positions of these seats, and those where there is none.' }),
  })
  .meta({ id: 'Problem', description: 'An error as RFC 9457 problem details.' });

/** Answers with the problem, as application/problem+json. */
export function sendProblem(response: Response, what: Problem): void {
  const { code, detail, errors, seatIds, positions, checkedIn, retryAfterSeconds, allow } = what;
  const kind = describeProblem(code);
  const wait = retryAfterSeconds ?? kind.retryAfterSeconds;
  if (wait !== undefined) response.set('retry-after', String(wait));
  if (kind.status === 401) response.set('www-authenticate', 'Bearer realm="ticketing"');
  if (allow) response.set('allow', allow.join(', '));
  const body: z.output<typeof problemSchema> = {
    type: `/docs/problems#${code}`,
    title: kind.title,
    status: kind.status,
    code,
    detail,
    traceId: currentTraceId(),
    errors,
    ...checkedIn,
    seatIds,
    positions,
  };
  response.status(kind.status).set('cache-control', 'no-store').type('application/problem+json').send(JSON.stringify(body));
}
