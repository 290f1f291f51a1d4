import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampDate } from '@bufbuild/protobuf/wkt';
import { actorOf } from '@ticketing/common/actor';
import { differences, recordAudit } from '@ticketing/common/audit';
import { idFromBinary, idToBinary, type Queryable } from '@ticketing/common/database';
import { addEvent } from '@ticketing/common/outbox';
import { isRefusal, type Refusal, refusalResult, refuse } from '@ticketing/common/refusal';
import type { UpdatePerformanceRequest, UpdatePerformanceResponseSchema } from '@ticketing/contracts/gen/ticketing/concert/v1/organiser_pb';
import { limits } from '@ticketing/contracts/limits';
import { type ListedConcert, loadConcert } from '../concerts/listed-concert.ts';
import { recordChange } from '../concerts/record-change.ts';
import { performanceNotFound } from '../concerts/refusals.ts';
import { isCalendarTime } from '../concerts/venue-time.ts';
import { writeDates } from '../concerts/write-dates.ts';
import type { CatalogueWriter, Context } from '../context.ts';
import { forgetEndedRoom } from '../rooms/forget-ended-room.ts';
import { lockOwnPerformance, performancesOf, type StoredPerformance } from './own-performance.ts';
import { toPerformanceMessage } from './performance-message.ts';

/**
 * Changes what is given of a performance; its tickets stay good, and everybody is told of another time. Refuses with `performance-not-found`,
 * also for a performance of somebody else, `performance-cancelled`, `invalid-layout`, or `invalid-time` for a time that has gone by, or a sale
 * that would open when the performance has begun.
 */
export async function updatePerformance(
  ctx: CatalogueWriter & Pick<Context, 'availability'>,
  request: UpdatePerformanceRequest,
): Promise<MessageInitShape<typeof UpdatePerformanceResponseSchema>> {
  const { performanceId, maxSeatsPerPerson } = request;
  if (maxSeatsPerPerson !== undefined && (maxSeatsPerPerson < 1 || maxSeatsPerPerson > limits.seatsPerPerson)) {
    return { result: refusalResult(refuse('invalid-layout', `One person may buy 1 to ${limits.seatsPerPerson} seats.`)) };
  }
  const updated = await ctx.db.transaction((tx) => change(tx, request));
  if (isRefusal(updated)) return { result: refusalResult(updated) };
  const concertId = idFromBinary(updated.concertId);
  ctx.changed(concertId);
  const free = await ctx.availability.ofConcert(concertId);
  return { result: { case: 'performance', value: toPerformanceMessage(updated, new Date(), free.get(performanceId)) } };
}

type Changeable = Pick<StoredPerformance, 'startsAt' | 'saleOpensAt' | 'maxSeatsPerPerson'>;

async function change(tx: Queryable, request: UpdatePerformanceRequest): Promise<StoredPerformance | Refusal> {
  const actor = actorOf(request);
  const own = await lockOwnPerformance(tx, actor, request.performanceId);
  if (!own) return performanceNotFound();
  const { concert, performance } = own;
  if (performance.status === 'CANCELLED') return refuse('performance-cancelled', 'The performance is cancelled.');
  const wanted: Changeable = {
    startsAt: request.startsAt ? timestampDate(request.startsAt) : performance.startsAt,
    saleOpensAt: request.saleOpensAt ? timestampDate(request.saleOpensAt) : performance.saleOpensAt,
    maxSeatsPerPerson: request.maxSeatsPerPerson ?? performance.maxSeatsPerPerson,
  };
  const refusal = await checkTimes(tx, performance, wanted);
  if (refusal) return refusal;
  const changed = differences(shown(performance), shown(wanted));
  await recordAudit(tx, { actorId: actor.userId, action: 'performance.update', subject: request.performanceId, ...changed });
  if (Object.keys(changed.after).length === 0) return performance;
  return write(tx, concert, performance, wanted);
}

function shown({ startsAt, saleOpensAt, maxSeatsPerPerson }: Changeable) {
  return { startsAt: startsAt.toISOString(), saleOpensAt: saleOpensAt.toISOString(), maxSeatsPerPerson };
}

async function checkTimes(tx: Queryable, before: Changeable, { startsAt, saleOpensAt }: Changeable): Promise<Refusal | undefined> {
  const [isMoved, isOpenedElse] = [!isSame(before.startsAt, startsAt), !isSame(before.saleOpensAt, saleOpensAt)];
  if ((isMoved && !isCalendarTime(startsAt)) || (isOpenedElse && !isCalendarTime(saleOpensAt))) {
    return refuse('invalid-time', 'Performances and their sales begin between the years 2000 and 2999.');
  }
  const [clock] = await tx.query<{ now: Date }>('SELECT UTC_TIMESTAMP(3) AS now');
  if (isMoved && clock && startsAt <= clock.now) return refuse('invalid-time', 'A performance starts in the future.');
  if ((isMoved || isOpenedElse) && startsAt <= saleOpensAt) {
    return refuse('invalid-time', `The sale opens at ${saleOpensAt.toISOString()}; a performance starts after that.`);
  }
  return undefined;
}

function isSame(one: Date, other: Date): boolean {
  return one.getTime() === other.getTime();
}

async function write(
  tx: Queryable,
  { id: concertId, venue }: ListedConcert,
  before: StoredPerformance,
  wanted: Changeable,
): Promise<StoredPerformance> {
  await tx.execute(
    'UPDATE performances SET starts_at = ?, sale_opens_at = ?, max_seats_per_person = ?, version = version + 1 WHERE id = ?',
    [...[wanted.startsAt, wanted.saleOpensAt, wanted.maxSeatsPerPerson, before.id]],
  );
  const [after] = await performancesOf(tx, concertId, [before.id]);
  if (!after) throw new Error('the performance that was just changed is not there');
  const data = { performanceId: idFromBinary(before.id), concertId, version: after.version, ...shown(after) };
  if (isSame(before.startsAt, after.startsAt)) {
    await addEvent(tx, 'performance.updated', concertId, data);
    await addEvent(tx, 'catalogue.changed', concertId, { concertId });
    return after;
  }
  const { startsAt, saleOpensAt } = shown(before);
  await addEvent(tx, 'performance.rescheduled', concertId, { ...data, before: { startsAt, saleOpensAt } });
  await forgetEndedRoom(tx, concertId);
  await writeDates(tx, [idToBinary(concertId)], venue.timeZone);
  const concert = await loadConcert(tx, concertId);
  if (concert) await recordChange(tx, 'concert.updated', concert);
  return after;
}
