import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampDate } from '@bufbuild/protobuf/wkt';
import { idToBinary, newId, type Queryable } from '@ticketing/common/database';
import { addEvent } from '@ticketing/common/outbox';
import { isRefusal, type Refusal, refusalResult, refuse } from '@ticketing/common/refusal';
import type {
  SchedulePerformanceRequest,
  SchedulePerformanceResponseSchema,
} from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import { limits } from '@ticketing/contracts/limits';
import { type ListedConcert, loadConcert } from '../concerts/listed-concert.ts';
import { recordChange } from '../concerts/record-change.ts';
import { isCalendarTime, localDate } from '../concerts/venue-time.ts';
import type { CatalogueWriter } from '../context.ts';
import { planLayout, type SeatLayout } from './seat-layout.ts';

interface Plan {
  performanceId: string;
  concertId: string;
  startsAt: Date;
  layout: SeatLayout;
  maxSeatsPerPerson: number;
}

/**
 * Puts a performance on the calendar. Its seats go on sale when the concert's do.
 * Refuses with `concert-not-found`, `invalid-layout`, or `invalid-time` for one that has begun, or begins before the sale.
 * @param performanceId given only where the same performance must keep its id, as in demonstration data
 */
export async function schedulePerformance(
  ctx: CatalogueWriter,
  request: Omit<SchedulePerformanceRequest, '$typeName' | 'sections'> & { sections: Parameters<typeof planLayout>[0] },
  performanceId = newId(),
): Promise<MessageInitShape<typeof SchedulePerformanceResponseSchema>> {
  const { concertId } = request;
  const layout = planLayout(request.sections);
  if (isRefusal(layout)) return { result: refusalResult(layout) };
  const maxSeatsPerPerson = request.maxSeatsPerPerson === 0 ? limits.seatsPerPerson : request.maxSeatsPerPerson;
  if (maxSeatsPerPerson > limits.seatsPerPerson) {
    return { result: refusalResult(refuse('invalid-layout', `One person may buy 1 to ${limits.seatsPerPerson} seats.`)) };
  }
  if (!request.startsAt) throw new Error('starts_at is missing');
  const startsAt = timestampDate(request.startsAt);
  if (!isCalendarTime(startsAt)) {
    return { result: refusalResult(refuse('invalid-time', 'A performance starts between the years 2000 and 2999.')) };
  }
  const refusal = await ctx.db.transaction((tx) => write(tx, { performanceId, concertId, startsAt, layout, maxSeatsPerPerson }));
  if (refusal) return { result: refusalResult(refusal) };
  ctx.changed(concertId);
  return { result: { case: 'performance', value: { id: performanceId, totalSeats: layout.totalSeats } } };
}

async function write(tx: Queryable, plan: Plan): Promise<Refusal | undefined> {
  const { performanceId, concertId, startsAt, layout, maxSeatsPerPerson } = plan;
  const [clock] = await tx.query<{ now: Date }>('SELECT UTC_TIMESTAMP(3) AS now');
  if (clock && startsAt <= clock.now) return refuse('invalid-time', 'A performance starts in the future.');
  // A venue's time zone never changes, so it may be read before the concert is locked.
  const before = await loadConcert(tx, concertId);
  if (!before) return refuse('concert-not-found', 'There is no such concert.');
  if (startsAt <= before.saleOpensAt) {
    return refuse('invalid-time', `The sale opens at ${before.saleOpensAt.toISOString()}; a performance starts after that.`);
  }
  await forgetEndedRoom(tx, before.id);
  await extendDates(tx, before, startsAt);
  await insertPerformance(tx, plan, before.saleOpensAt);
  await addEvent(tx, 'performance.scheduled', concertId, {
    performanceId,
    concertId,
    startsAt: startsAt.toISOString(),
    saleOpensAt: before.saleOpensAt.toISOString(),
    maxSeatsPerPerson,
    sections: layout.sections,
  });
  const after = await loadConcert(tx, concertId);
  if (after) await recordChange(tx, 'concert.updated', after);
  return undefined;
}

/** The queue forgets a waiting room a week after its sale has ended. Where the sale goes on after that, it makes another one. */
async function forgetEndedRoom(tx: Queryable, concertId: string): Promise<void> {
  await tx.execute(
    `DELETE w FROM waiting_rooms w JOIN concerts c ON c.id = w.concert_id
      WHERE c.id = ? AND c.last_starts_at < UTC_TIMESTAMP(3) - INTERVAL 8 DAY`,
    [idToBinary(concertId)],
  );
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
  await tx.execute('INSERT INTO performance_sections (performance_id, position, name, row_count, seats_per_row, price) VALUES ?', [
    layout.sections.map(({ name, rows, seatsPerRow, price }, position) => [id, position, name, rows, seatsPerRow, price]),
  ]);
}
