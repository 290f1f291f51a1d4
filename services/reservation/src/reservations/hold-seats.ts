import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { crashPoint } from '@ticketing/common/crash-point';
import { newId } from '@ticketing/common/database';
import { answerOnce, type RecordAnswer } from '@ticketing/common/idempotency';
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

  const { userId, idempotencyKey: key, performanceId, quantity, section, passId } = request;
  const seatIds = [...request.seatIds].sort();
  const answer = await answerOnce(
    ctx,
    { userId, operation: 'hold-seats', key, body: { performanceId, seatIds, quantity, section } },
    HoldSeatsResponseSchema,
    (record) => claimAndHold(ctx, { reservationId: newId(), performance, userId, passId, seatIds, quantity, section }, record),
  );
  return isRefusal(answer) ? refused(answer) : answer;
}

function checkRequest(performance: Performance, request: HoldSeatsRequest): Refusal | undefined {
  if (performance.concertId !== request.passConcertId) return refuse('queue-pass-invalid', 'The queue pass is for another concert.');
  const strangers = request.seatIds.filter((id) => !performance.seats.has(id));
  if (strangers.length > 0) return refuse('seat-not-found', 'The performance has no such seat.', strangers);
  if (request.section !== '' && !performance.sections.has(request.section)) {
    return refuse('section-not-found', 'The performance has no such section.');
  }
  return undefined;
}

async function claimAndHold(
  ctx: Context,
  wanted: Omit<HoldOrder, 'holdSeconds'>,
  record: RecordAnswer<HoldSeatsResponse>,
): Promise<HoldSeatsResponse> {
  const order: HoldOrder = { ...wanted, holdSeconds: ctx.settings.get('hold.minutes') * 60 };
  await crashPoint('hold.before-claim');
  const taken = await claimSeats(ctx, order);
  await crashPoint('hold.after-claim');
  if (taken.length > 0) return refused(refuse('seat-taken', 'The seats are taken.', taken));

  const answer = await placeHold(ctx.db, order, async (tx, hold) => {
    const done = held(toReservation(hold));
    await record(tx, done);
    await crashPoint('hold.before-commit');
    return done;
  }).catch(async (error: unknown) => {
    await ctx.shield.release(order);
    throw error;
  });
  if (isRefusal(answer)) {
    await ctx.shield.release(order);
    return refused(answer);
  }
  await crashPoint('hold.after-commit');
  outcomes.add(1, { outcome: 'held' });
  ctx.outbox.wake();
  return answer;
}

/** Seats that are known to be gone before MySQL is asked. The best seats are chosen by MySQL, so there is nothing to claim then. */
async function claimSeats(ctx: Context, order: HoldOrder): Promise<string[]> {
  if (order.seatIds.length === 0) return [];
  const { held: heldSeats, sold } = await ctx.seatMaps.get(order.performance.id);
  const gone = order.seatIds.filter((id) => sold.has(id));
  if (gone.length > 0) return gone;
  return ctx.shield.claim(order, Math.max(1, Math.floor(order.holdSeconds)), (id) => heldSeats.has(id));
}

function held(reservation: ReturnType<typeof toReservation>): HoldSeatsResponse {
  return create(HoldSeatsResponseSchema, { result: { case: 'reservation', value: reservation } });
}

function refused(refusal: Refusal): HoldSeatsResponse {
  outcomes.add(1, { outcome: refusal.code });
  return create(HoldSeatsResponseSchema, { result: refusalResult(refusal) });
}
