import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { crashPoint } from '@ticketing/common/crash-point';
import { newId } from '@ticketing/common/database';
import { answerOnce, type KeepAnswer } from '@ticketing/common/idempotency';
import { isRefusal, type Refusal, refusalResult, refuse } from '@ticketing/common/refusal';
import { createCounter } from '@ticketing/common/telemetry';
import {
  type HoldSeatsRequest,
  type HoldSeatsResponse,
  HoldSeatsResponseSchema,
} from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import type { Context } from '../context.ts';
import type { Performance } from '../performances/performances.ts';
import { type HoldOrder, placeHold } from './place-hold.ts';
import { toReservation } from './reservation.ts';

const outcomes = createCounter('ticketing_holds_total', 'Asked holds by outcome: held, or the code of the refusal');

/**
 * Holds all the asked seats for `hold.minutes`, or none.
 *
 * Refuses with `performance-not-found`, `queue-pass-invalid`, `sale-not-open`, `seat-not-found`, `section-not-found`, `seat-taken`,
 * `not-enough-seats`, `person-limit-reached` or `idempotency-key-reused`.
 */
export async function holdSeats(ctx: Context, request: HoldSeatsRequest): Promise<MessageInitShape<typeof HoldSeatsResponseSchema>> {
  const performance = await ctx.performances.find(request.performanceId);
  if (!performance) return refused(refuse('performance-not-found', 'There is no such performance.'));
  const refusal = checkRequest(performance, request);
  if (refusal) return refused(refusal);
  const named = findSeats(performance, request.seatIds);
  if (isRefusal(named)) return refused(named);

  const { userId, idempotencyKey: key, performanceId, quantity, section, passId } = request;
  const seatIds = named.sort();
  const holdSeconds = ctx.settings.get('hold.minutes') * 60;
  const answer = await answerOnce(
    ctx,
    { userId, operation: 'hold-seats', key, body: { performanceId, seatIds, quantity, section } },
    HoldSeatsResponseSchema,
    (_record, keep) => hold(ctx, { reservationId: newId(), performance, userId, passId, seatIds, quantity, section, holdSeconds }, keep),
  );
  return isRefusal(answer) ? refused(answer) : answer;
}

function checkRequest(performance: Performance, request: HoldSeatsRequest): Refusal | undefined {
  if (performance.concertId !== request.passConcertId) return refuse('queue-pass-invalid', 'The queue pass is for another concert.');
  if (request.section !== '' && !performance.sections.has(request.section)) {
    return refuse('section-not-found', 'The performance has no such section.');
  }
  return undefined;
}

/** @param names ids of seats, or # and a position @returns the ids */
function findSeats(performance: Performance, names: string[]): string[] | Refusal {
  const places = names.map((name) => {
    const position = /^#(\d{1,9})$/.exec(name)?.[1];
    return position === undefined ? name : Number(position);
  });
  const ids = places.map((place) => (typeof place === 'number' ? performance.idAt[place] : place));
  const known = ids.flatMap((id) => (id !== undefined && performance.seats.has(id) ? id : []));
  const strangers = places.filter((_place, index) => !known.includes(ids[index] ?? ''));
  if (strangers.length === 0) return [...new Set(known)];
  return refuse(
    'seat-not-found',
    'The performance has no such seat.',
    strangers.filter((place) => typeof place === 'string'),
    strangers.filter((place) => typeof place === 'number'),
  );
}

async function hold(
  ctx: Pick<Context, 'db' | 'outbox'>,
  wanted: Omit<HoldOrder, 'keep'>,
  keep: KeepAnswer<HoldSeatsResponse>,
): Promise<HoldSeatsResponse> {
  let answer: HoldSeatsResponse | undefined;
  const placed = await placeHold(ctx.db, {
    ...wanted,
    keep: (reservation) => {
      answer = held(toReservation(reservation));
      return keep(answer);
    },
  });
  if (isRefusal(placed)) return refused(placed);
  await crashPoint('hold.after-commit');
  outcomes.add(1, { outcome: 'held' });
  ctx.outbox.wake();
  if (!answer) throw new Error('a hold was placed without an answer');
  return answer;
}

function held(reservation: ReturnType<typeof toReservation>): HoldSeatsResponse {
  return create(HoldSeatsResponseSchema, { result: { case: 'reservation', value: reservation } });
}

function refused(refusal: Refusal): HoldSeatsResponse {
  outcomes.add(1, { outcome: refusal.code });
  return create(HoldSeatsResponseSchema, { result: refusalResult(refusal) });
}
