import { z } from 'zod';
import { passHolder } from '../auth/access.ts';
import type { Context } from '../context.ts';
import { acceptEncoding, id, ifNoneMatch, krw, shownId } from '../http/fields.ts';
import { keep, type Ready } from '../http/keep.ts';
import { isProblem, type Problem, refused } from '../http/problems.ts';
import { readyAnswer, textOf } from '../http/ready-answer.ts';
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

interface Question {
  performanceId: string;
  passConcertId: string;
  encoding: string;
}

type SeatMap = z.output<typeof seatMapSchema>;

const cacheControl = 'private, no-cache';
const vary = 'accept-encoding';

// A map is never given stale, and no longer than the reservation service gives it: for half a second after it was read.
const readSeatMap = keep<Question, SeatMap>({ name: 'getSeatMap', ttlMs: 0, staleMs: 0, cacheControl }, async ({ services }, question) => {
  const { result } = await services.reservation.getSeatMap(question);
  if (result.case !== 'seatMap') return refused(result);
  const { json, etag, encoding, goodForMs } = result.value;
  // Other bytes with the same meaning have a weak tag.
  const headers = encoding === '' ? { etag, vary } : { etag: `W/${etag}`, vary, 'content-encoding': encoding };
  return { status: 200, headers, bytes: json, ttlMs: goodForMs };
});

export const getSeatMap = defineRoute(
  {
    method: 'get',
    path: '/api/v1/performances/{id}/seats',
    operationId: 'getSeatMap',
    summary: 'The seat map of a performance',
    description:
      'At most half a second old; seats that you have just held yourself are shown as HELD at once. Send the ETag back in If-None-Match and get ' +
      '304 while nothing has changed. Compressed with brotli or gzip where Accept-Encoding allows it.',
    tag: 'Seats and reservations',
    access: passHolder,
    hot: true,
    input: { params: z.object({ id }), ifNoneMatch, acceptEncoding },
    responses: { 200: seatMapSchema, 304: null },
    problems: ['performance-not-found'],
    absent: 'performance-not-found',
  },
  (ctx, { params, acceptEncoding: encoding }, { user, pass }) => {
    const question = { performanceId: params.id, passConcertId: pass.concertId, encoding };
    const own = ctx.ownHolds.seatsOf(user.id, params.id);
    return own.size === 0 ? readSeatMap(ctx, question) : readOwnSeatMap(ctx, question, own);
  },
);

const statuses = z.looseObject({ seats: z.array(z.looseObject({ id: z.string(), status: z.string() })) });

/** The seat map as it will be, to the person who has just been given some of the seats: nobody else's map is made for it. */
async function readOwnSeatMap(ctx: Context, question: Question, own: ReadonlySet<string>): Promise<Ready<SeatMap> | Problem> {
  const answer = await readSeatMap(ctx, { ...question, encoding: '' });
  if (isProblem(answer)) return answer;
  const map = statuses.parse(JSON.parse(textOf(answer.ready)));
  const seats = map.seats.map((seat) => (own.has(seat.id) && seat.status === 'AVAILABLE' ? { ...seat, status: 'HELD' } : seat));
  const bytes = Buffer.from(JSON.stringify({ ...map, seats }));
  return { status: 200, ready: readyAnswer(bytes, { 'cache-control': cacheControl, vary }) };
}
