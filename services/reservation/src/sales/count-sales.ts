import { idFromBinary, idToBinary, type Queryable, timeOfId } from '@ticketing/common/database';
import type { EventData } from '@ticketing/contracts/events';
import { shareAmount } from './share-amount.ts';

type SoldSeats = Pick<
  EventData<'reservation.confirmed' | 'reservation.refunded'>,
  'reservationId' | 'performanceId' | 'seatIds' | 'amount'
>;
type CountEvents = (tx: Queryable, events: SoldSeats[], ids: string[]) => Promise<void>;

/** Adds seats that were sold to the minutes in which that happened. */
export const countSold: CountEvents = (tx, events, ids) => count(tx, events, ids, (seats, amount) => [seats, 0, amount, 0]);

/** Adds seats that were refunded. The seats and the amount are those of the event, which need not be the whole reservation. */
export const countRefunded: CountEvents = (tx, events, ids) => count(tx, events, ids, (seats, amount) => [0, seats, 0, amount]);

interface Line {
  performanceId: Buffer;
  minute: Date;
  section: string;
  seats: number;
  amount: number;
}

const minuteMs = 60_000;

/** @param ids of the events; each tells when its event was written, so that late ones are added where they belong */
async function count(
  tx: Queryable,
  events: SoldSeats[],
  ids: string[],
  figures: (seats: number, amount: number) => [number, number, number, number],
): Promise<void> {
  const places = await readPlaces(tx, events);
  const lines = new Map<string, Line>();
  for (const [index, event] of events.entries()) {
    const writtenAt = timeOfId(ids[index] ?? '');
    const minute = new Date(writtenAt.getTime() - (writtenAt.getTime() % minuteMs));
    const seats = event.seatIds.map((seatId) => placeOf(places, event, seatId));
    const amounts = shareAmount(
      event.amount,
      seats.map(({ price }) => price),
    );
    for (const [place, { section }] of seats.entries()) {
      const key = JSON.stringify([event.performanceId, minute.getTime(), section]);
      const line = lines.get(key) ?? { performanceId: idToBinary(event.performanceId), minute, section, seats: 0, amount: 0 };
      lines.set(key, { ...line, seats: line.seats + 1, amount: line.amount + (amounts[place] ?? 0) });
    }
  }
  if (lines.size === 0) return;
  await tx.execute(
    `INSERT INTO sales_minutes (performance_id, minute, section, seats_sold, seats_refunded, amount_sold, amount_refunded) VALUES ?
     ON DUPLICATE KEY UPDATE seats_sold = seats_sold + VALUES(seats_sold), seats_refunded = seats_refunded + VALUES(seats_refunded),
       amount_sold = amount_sold + VALUES(amount_sold), amount_refunded = amount_refunded + VALUES(amount_refunded)`,
    // In one order, so that groups of several instances wait for each other instead of meeting in a deadlock.
    [[...lines].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, line]) => rowOf(line, figures))],
  );
}

function rowOf({ performanceId, minute, section, seats, amount }: Line, figures: (seats: number, amount: number) => number[]) {
  return [performanceId, minute, section, ...figures(seats, amount)];
}

interface Place {
  section: string;
  price: number;
}

async function readPlaces(tx: Queryable, events: SoldSeats[]): Promise<Map<string, Place>> {
  const rows = await tx.query<{ reservation_id: Buffer; seat_id: Buffer; section: string; price: number }>(
    'SELECT reservation_id, seat_id, section, price FROM reservation_seats WHERE reservation_id IN (?)',
    [events.map(({ reservationId }) => idToBinary(reservationId))],
  );
  return new Map(
    rows.map(({ reservation_id: reservation, seat_id: seat, section, price }) => [
      `${idFromBinary(reservation)} ${idFromBinary(seat)}`,
      { section, price },
    ]),
  );
}

function placeOf(places: Map<string, Place>, { reservationId }: SoldSeats, seatId: string): Place {
  const place = places.get(`${reservationId} ${seatId}`.toLowerCase());
  if (!place) throw new Error(`seat ${seatId} is not of reservation ${reservationId}`);
  return place;
}
