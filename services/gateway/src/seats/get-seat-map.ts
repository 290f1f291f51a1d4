import { z } from 'zod';
import { passHolder } from '../auth/access.ts';
import { id, ifNoneMatch, krw, shownId } from '../http/fields.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';

const seatMapSchema = z
  .object({
    performanceId: shownId,
    version: z.int(),
    seats: z.array(
      z.object({
        id: shownId,
        section: z.string(),
        row: z.string(),
        number: z.int(),
        price: krw,
        status: z.enum(['AVAILABLE', 'HELD', 'SOLD']),
      }),
    ),
  })
  .meta({ id: 'SeatMap', description: 'Every seat of a performance.' });

export const getSeatMap = defineRoute(
  {
    method: 'get',
    path: '/api/v1/performances/{id}/seats',
    operationId: 'getSeatMap',
    summary: 'The seat map of a performance',
    description: 'Send the ETag back in If-None-Match and get 304 while nothing has changed.',
    tag: 'Seats and reservations',
    access: passHolder,
    input: { params: z.object({ id }), ifNoneMatch },
    responses: { 200: seatMapSchema, 304: null },
    problems: ['performance-not-found'],
    absent: 'performance-not-found',
  },
  async ({ services }, input, { pass }) => {
    const known = entityTags(input.ifNoneMatch);
    const { result } = await services.reservation.getSeatMap({
      performanceId: input.params.id,
      passConcertId: pass.concertId,
      ifNoneMatch: known[0] ?? '',
    });
    if (result.case !== 'seatMap') return refused(result);
    const { json, etag, notModified } = result.value;
    const headers = { etag, 'cache-control': 'private, no-cache' };
    return notModified || known.includes(etag) ? { status: 304, headers } : { status: 200, headers, bytes: json };
  },
);

// Proxies that compress on the way mark a tag as weak; for GET that makes no difference.
function entityTags(header = ''): string[] {
  return [...header.matchAll(/(?:W\/)?("[^"]*")/g)].flatMap(([, tag]) => tag ?? []);
}
