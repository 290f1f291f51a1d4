import { idToBinary, newId, type Queryable, type SqlValue } from '@ticketing/common/database';
import type { EventData } from '@ticketing/contracts/events';
import { listSeats, planOfRectangles } from '@ticketing/contracts/seat-plan';

const seatsPerStatement = 1_000;

/** Makes the seats of newly scheduled performances, in the order of their layouts: first section first, front row first. */
export async function buildInventories(tx: Queryable, performances: EventData<'performance.scheduled'>[]): Promise<void> {
  for (const performance of performances) await buildInventory(tx, performance);
}

/** Makes the seats of one. */
export async function buildInventory(tx: Queryable, performance: EventData<'performance.scheduled'>): Promise<void> {
  const performanceId = idToBinary(performance.performanceId);
  const seats = listSeats(performance.plan ?? planOfRectangles(performance.sections ?? [])).map((seat): SqlValue[] => [
    performanceId,
    idToBinary(newId()),
    seat.position,
    seat.section,
    seat.row,
    seat.number,
    seat.price,
  ]);
  await tx.execute(
    // Its cancellation may have been taken first, where this event comes from the dead letters.
    `INSERT INTO performances (id, concert_id, starts_at, sale_opens_at, max_seats_per_person, total_seats, status, cancelled_at)
     SELECT ?, ?, ?, ?, ?, ?, IF(COUNT(stopped_at) = 0, 'SCHEDULED', 'CANCELLED'), MAX(stopped_at) FROM cancellations WHERE performance_id = ?`,
    [
      performanceId,
      idToBinary(performance.concertId),
      new Date(performance.startsAt),
      new Date(performance.saleOpensAt),
      performance.maxSeatsPerPerson,
      seats.length,
      performanceId,
    ],
  );
  for (let from = 0; from < seats.length; from += seatsPerStatement) {
    await tx.execute('INSERT INTO seats (performance_id, id, position, section, row_label, number, price) VALUES ?', [
      seats.slice(from, from + seatsPerStatement),
    ]);
  }
}
