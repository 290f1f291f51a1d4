import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { timestampDate } from '@bufbuild/protobuf/wkt';
import { actorOf } from '@ticketing/common/actor';
import { answerKeyed } from '@ticketing/common/answer-keyed';
import { recordAudit } from '@ticketing/common/audit';
import { idToBinary, newId, type Queryable } from '@ticketing/common/database';
import type { RecordAnswer } from '@ticketing/common/idempotency';
import { addEvent } from '@ticketing/common/outbox';
import { isRefusal, type Refusal, refusalResult, refuse } from '@ticketing/common/refusal';
import type { Actor } from '@ticketing/contracts/gen/ticketing/common/v1/actor_pb';
import {
  type SchedulePerformanceRequest,
  type SchedulePerformanceResponse,
  SchedulePerformanceResponseSchema,
} from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import { limits } from '@ticketing/contracts/limits';
import { lockOwnConcert } from '../access/owner.ts';
import { type ListedConcert, loadConcert } from '../concerts/listed-concert.ts';
import { recordChange } from '../concerts/record-change.ts';
import { concertCancelled, concertNotFound } from '../concerts/refusals.ts';
import { isCalendarTime, localDate } from '../concerts/venue-time.ts';
import type { CatalogueWriter, Context } from '../context.ts';
import { forgetEndedRoom } from '../rooms/forget-ended-room.ts';
import { planLayout, type SeatLayout } from './seat-layout.ts';
import { outlinePlan, type PlanLayout, readPlan } from './seat-plan-layout.ts';

interface Plan {
  actor: Actor;
  performanceId: string;
  concertId: string;
  startsAt: Date;
  layout: SeatLayout | PlanLayout;
  maxSeatsPerPerson: number;
}

export type NewPerformance = Omit<SchedulePerformanceRequest, '$typeName' | 'sections' | 'planJson' | 'idempotencyKey'> & {
  sections: Parameters<typeof planLayout>[0];
  planJson?: string;
};

/**
 * Puts a performance on the calendar, once for each Idempotency-Key. Its seats go on sale when the concert's do.
 * Refuses with `concert-not-found`, also for a concert of somebody else, `concert-cancelled`, `invalid-layout`, `idempotency-key-reused`, or `invalid-time` for one
 * that has begun, or begins before the sale.
 */
export async function schedulePerformance(
  ctx: CatalogueWriter & Pick<Context, 'sidecar'>,
  request: SchedulePerformanceRequest,
): Promise<MessageInitShape<typeof SchedulePerformanceResponseSchema>> {
  const { concertId, startsAt, maxSeatsPerPerson, planJson, idempotencyKey: key } = request;
  const sections = request.sections.map(({ name, rows, seatsPerRow, price }) => [name, rows, seatsPerRow, Number(price)]);
  const body = { concertId, startsAt: startsAt && timestampDate(startsAt), sections, maxSeatsPerPerson, ...(planJson && { planJson }) };
  const once = { userId: actorOf(request).userId, operation: 'schedule-performance', key, body };
  const answer = await answerKeyed(ctx, once, SchedulePerformanceResponseSchema, (record) =>
    writePerformance(ctx, request, newId(), record),
  );
  return isRefusal(answer) ? { result: refusalResult(answer) } : answer;
}

/** As schedulePerformance, under a given id. */
export async function writePerformance(
  ctx: CatalogueWriter,
  request: NewPerformance,
  performanceId: string,
  record: RecordAnswer<SchedulePerformanceResponse> = () => Promise.resolve(),
): Promise<SchedulePerformanceResponse> {
  const plan = planPerformance(request, performanceId);
  if (isRefusal(plan)) return refused(plan);
  const { totalSeats } = plan.layout;
  const scheduled = create(SchedulePerformanceResponseSchema, {
    result: { case: 'performance', value: { id: performanceId, totalSeats } },
  });
  const refusal = await ctx.db.transaction(async (tx) => {
    const no = await write(tx, plan);
    if (!no) await record(tx, scheduled);
    return no;
  });
  if (refusal) return refused(refusal);
  ctx.changed(plan.concertId);
  return scheduled;
}

function refused(refusal: Refusal): SchedulePerformanceResponse {
  return create(SchedulePerformanceResponseSchema, { result: refusalResult(refusal) });
}

function planPerformance(request: NewPerformance, performanceId: string): Plan | Refusal {
  const layout = request.planJson ? readPlan(request.planJson) : planLayout(request.sections);
  if (isRefusal(layout)) return layout;
  const maxSeatsPerPerson = request.maxSeatsPerPerson === 0 ? limits.seatsPerPerson : request.maxSeatsPerPerson;
  if (maxSeatsPerPerson > limits.seatsPerPerson) {
    return refuse('invalid-layout', `One person may buy 1 to ${limits.seatsPerPerson} seats.`);
  }
  if (!request.startsAt) throw new Error('starts_at is missing');
  const startsAt = timestampDate(request.startsAt);
  if (!isCalendarTime(startsAt)) return refuse('invalid-time', 'A performance starts between the years 2000 and 2999.');
  return { actor: actorOf(request), performanceId, concertId: request.concertId, startsAt, layout, maxSeatsPerPerson };
}

async function write(tx: Queryable, plan: Plan): Promise<Refusal | undefined> {
  const { actor, performanceId, concertId, startsAt, layout, maxSeatsPerPerson } = plan;
  // Locked before its venue is read: a change of the venue's time zone comes before all of this, or finds the performance.
  const before = await lockOwnConcert(tx, actor, concertId);
  if (!before) return concertNotFound();
  if (before.state === 'CANCELLED') return concertCancelled();
  const [clock] = await tx.query<{ now: Date }>('SELECT UTC_TIMESTAMP(3) AS now');
  if (clock && startsAt <= clock.now) return refuse('invalid-time', 'A performance starts in the future.');
  if (startsAt <= before.saleOpensAt) {
    return refuse('invalid-time', `The sale opens at ${before.saleOpensAt.toISOString()}; a performance starts after that.`);
  }
  await forgetEndedRoom(tx, before.id);
  await extendDates(tx, before, startsAt);
  await insertPerformance(tx, plan, before.saleOpensAt);
  const scheduled = {
    ...{ concertId, startsAt: startsAt.toISOString(), saleOpensAt: before.saleOpensAt.toISOString() },
    maxSeatsPerPerson,
  };
  const seats = 'plan' in layout ? { plan: layout.plan } : { sections: layout.sections };
  await addEvent(tx, 'performance.scheduled', concertId, { performanceId, ...scheduled, ...seats });
  await recordAudit(tx, {
    ...{ actorId: actor.userId, action: 'performance.schedule', subject: performanceId },
    ...{ before: null, after: { ...scheduled, ...('plan' in layout ? { plan: outlinePlan(layout) } : seats) } },
  });
  const after = await loadConcert(tx, concertId);
  if (after) await recordChange(tx, 'concert.updated', after);
  return undefined;
}

async function extendDates(tx: Queryable, { id, venue }: ListedConcert, startsAt: Date): Promise<void> {
  const date = localDate(startsAt, venue.timeZone);
  // Assignments are evaluated from left to right: listed_on takes the new starts_on.
  await tx.execute(
    `UPDATE concerts
        SET starts_on = LEAST(COALESCE(starts_on, CAST(? AS DATE)), CAST(? AS DATE)),
            ends_on = GREATEST(COALESCE(ends_on, CAST(? AS DATE)), CAST(? AS DATE)),
            listed_on = starts_on,
            last_starts_at = GREATEST(COALESCE(last_starts_at, CAST(? AS DATETIME(3))), CAST(? AS DATETIME(3))),
            version = version + 1, changed_at = UTC_TIMESTAMP(3)
      WHERE id = ?`,
    [date, date, date, date, startsAt, startsAt, idToBinary(id)],
  );
}

async function insertPerformance(tx: Queryable, plan: Plan, saleOpensAt: Date): Promise<void> {
  const { performanceId, concertId, startsAt, layout, maxSeatsPerPerson } = plan;
  const id = idToBinary(performanceId);
  await tx.execute(
    `INSERT INTO performances
       (id, concert_id, starts_at, sale_opens_at, total_seats, price_from, price_to, max_seats_per_person, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, UTC_TIMESTAMP(3))`,
    [id, idToBinary(concertId), startsAt, saleOpensAt, layout.totalSeats, layout.priceFrom, layout.priceTo, maxSeatsPerPerson],
  );
  if ('plan' in layout) {
    await tx.execute('INSERT INTO performance_plans (performance_id, plan) VALUES (?, ?)', [id, JSON.stringify(layout.plan)]);
    return;
  }
  await tx.execute('INSERT INTO performance_sections (performance_id, position, name, row_count, seats_per_row, price) VALUES ?', [
    layout.sections.map(({ name, rows, seatsPerRow, price }, position) => [id, position, name, rows, seatsPerRow, price]),
  ]);
}
