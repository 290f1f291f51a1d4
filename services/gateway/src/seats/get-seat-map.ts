import { z } from 'zod';
import { passHolder } from '../auth/access.ts';
import type { Context } from '../context.ts';
import { acceptEncoding, id, ifNoneMatch, krw, shownId } from '../http/fields.ts';
import { keep, type Ready } from '../http/keep.ts';
import { isProblem, type Problem, problem, refused } from '../http/problems.ts';
import { readyAnswer, textOf } from '../http/ready-answer.ts';
import { defineRoute } from '../http/route.ts';

const version = z.int().meta({
  description: 'When the last change in it was made, in milliseconds since 1970. A change that takes effect late can have it go back.',
});

const seatMapSchema = z
  .object({
    performanceId: shownId,
    version,
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

const seatLettersSchema = z
  .object({
    version,
    statuses: z
      .string()
      .regex(/^[AHS]*$/)
      .meta({ description: 'A letter for each position of the layout: A(VAILABLE), H(ELD) or S(OLD).', example: 'AAHS' }),
  })
  .meta({ id: 'SeatLetters', description: 'Every seat of a performance, by its position in the layout.' });

interface Question {
  performanceId: string;
  passConcertId: string;
  encoding: string;
  asPositions: boolean;
}

type Seats = z.output<typeof seatMapSchema> | z.output<typeof seatLettersSchema>;

const cacheControl = 'private, no-cache';
const vary = 'accept-encoding';

// A map is never given stale, and no longer than the reservation service gives it: for half a second after it was read.
const readSeats = keep<Question, Seats>({ name: 'getSeatMap', ttlMs: 0, staleMs: 0, cacheControl }, async ({ services }, question) => {
  const { result } = await services.reservation.getSeatMap(question);
  if (result.case !== 'seatMap') return refused(result);
  const { json, etag, encoding, goodForMs, asPositions } = result.value;
  // An older version of the service, which will be gone in a moment.
  if (asPositions !== question.asPositions) return problem('temporarily-unavailable');
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
      '304 while nothing has changed. Compressed with brotli or gzip where Accept-Encoding allows it. With `as=positions` it is a letter a seat, ' +
      'which is a hundredth of the bytes; the layout of the performance says where they are.',
    tag: 'Seats and reservations',
    access: passHolder,
    hot: true,
    input: { params: z.object({ id }), query: z.strictObject({ as: z.enum(['positions']).optional() }), ifNoneMatch, acceptEncoding },
    responses: { 200: z.union([seatMapSchema, seatLettersSchema]), 304: null },
    problems: ['performance-not-found'],
    absent: 'performance-not-found',
  },
  (ctx, { params, query, acceptEncoding: encoding }, { user, pass }) => {
    const asPositions = query.as === 'positions';
    const question = { performanceId: params.id, passConcertId: pass.concertId, encoding, asPositions };
    if (asPositions) {
      const own = ctx.ownHolds.positionsOf(user.id, params.id);
      return own.length === 0 ? readSeats(ctx, question) : readOwnSeats(ctx, question, (text) => markLetters(text, own));
    }
    const own = ctx.ownHolds.seatsOf(user.id, params.id);
    return own.size === 0 ? readSeats(ctx, question) : readOwnSeats(ctx, question, (text) => markSeats(text, own));
  },
);

/** The seat map as it will be, to the person who has just been given some of the seats: nobody else's map is made for it. */
async function readOwnSeats(ctx: Context, question: Question, mark: (text: string) => object): Promise<Ready<Seats> | Problem> {
  const answer = await readSeats(ctx, { ...question, encoding: '' });
  if (isProblem(answer)) return answer;
  const bytes = Buffer.from(JSON.stringify(mark(textOf(answer.ready))));
  return { status: 200, ready: readyAnswer(bytes, { 'cache-control': cacheControl, vary }) };
}

const seatsShape = z.looseObject({ seats: z.array(z.looseObject({ id: z.string(), status: z.string() })) });

function markSeats(text: string, own: ReadonlySet<string>): object {
  const map = seatsShape.parse(JSON.parse(text));
  const seats = map.seats.map((seat) => (own.has(seat.id) && seat.status === 'AVAILABLE' ? { ...seat, status: 'HELD' } : seat));
  return { ...map, seats };
}

const lettersShape = z.looseObject({ statuses: z.string() });

function markLetters(text: string, own: readonly number[]): object {
  const map = lettersShape.parse(JSON.parse(text));
  const letters = Array.from(map.statuses);
  for (const position of own) if (letters[position] === 'A') letters[position] = 'H';
  return { ...map, statuses: letters.join('') };
}
