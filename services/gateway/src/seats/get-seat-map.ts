import { z } from 'zod';
import { passHolder } from '../auth/access.ts';
import { acceptEncoding, id, ifNoneMatch, krw, shownId } from '../http/fields.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';

const seatMapSchema = z
  .object({
    performanceId: shownId,
    version: z.int().meta({
      description: 'When the last change in it was made, in milliseconds since 1970. A change that takes effect late can have it go back.',
    }),
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
    description:
      'Send the ETag back in If-None-Match and get 304 while nothing has changed. Compressed with brotli or gzip where Accept-Encoding allows it.',
    tag: 'Seats and reservations',
    access: passHolder,
    input: { params: z.object({ id }), ifNoneMatch, acceptEncoding },
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
      encoding: input.acceptEncoding,
    });
    if (result.case !== 'seatMap') return refused(result);
    const { json, etag, notModified, encoding } = result.value;
    const headers = { etag, 'cache-control': 'private, no-cache', vary: 'accept-encoding' };
    if (notModified || known.includes(etag) || known.includes(anyTag)) return { status: 304, headers };
    if (encoding === '') return { status: 200, headers, bytes: json };
    // Other bytes with the same meaning have a weak tag.
    return { status: 200, headers: { ...headers, etag: `W/${etag}`, 'content-encoding': encoding }, bytes: json };
  },
);

const anyTag = '*';

// Proxies that compress on the way mark a tag as weak; for GET that makes no difference.
function entityTags(header = ''): string[] {
  if (header.trim() === anyTag) return [anyTag];
  return [...header.matchAll(/(?:W\/)?("[^"]*")/g)].flatMap(([, tag]) => tag ?? []);
}
