import { idToBinary, type Queryable } from '@ticketing/common/database';

/** How many tickets of a section are good, and how many of its tickets somebody was let in with. */
export interface SectionCount {
  section: string;
  sold: number;
  checkedIn: number;
}

export async function countCheckIns(db: Queryable, performanceId: string): Promise<SectionCount[]> {
  const rows = await db.query<{ section: string; sold: number; checked_in: number }>(
    `SELECT s.section, COUNT(t.live_seat_id) AS sold, COUNT(c.id) AS checked_in
       FROM reservations r
       JOIN tickets t ON t.reservation_id = r.id
       JOIN reservation_seats s ON s.reservation_id = t.reservation_id AND s.seat_id = t.seat_id
       LEFT JOIN check_ins c ON c.live_ticket_id = t.id
      WHERE r.performance_id = ? GROUP BY s.section ORDER BY s.section`,
    [idToBinary(performanceId)],
  );
  return rows.map(({ section, sold, checked_in: checkedIn }) => ({ section, sold, checkedIn }));
}
