import type { Queryable } from '@ticketing/common/database';
import { localDate } from './venue-time.ts';

interface DatedRow {
  concert_id: Buffer;
  starts_at: Date;
  status: string;
}

/**
 * Computes the dates of concerts again from their performances, as a change of each: first and last local date at the venue, and when the last
 * one begins. Cancelled performances count where there are no others. The caller has locked the concerts.
 */
export async function writeDates(tx: Queryable, ids: Buffer[], timeZone: string): Promise<void> {
  if (ids.length === 0) return;
  const rows = await tx.query<DatedRow>('SELECT concert_id, starts_at, status FROM performances WHERE concert_id IN (?)', [ids]);
  for (const id of ids) {
    const all = rows.filter((row) => row.concert_id.equals(id));
    const live = all.filter(({ status }) => status === 'SCHEDULED');
    const times = (live.length > 0 ? live : all).map((row) => row.starts_at).toSorted((one, other) => one.getTime() - other.getTime());
    const dates = times.map((time) => localDate(time, timeZone)).toSorted();
    // Assignments are evaluated from left to right: listed_on takes the new starts_on.
    await tx.execute(
      `UPDATE concerts SET starts_on = ?, ends_on = ?, listed_on = COALESCE(starts_on, DEFAULT(listed_on)), last_starts_at = ?,
              version = version + 1, changed_at = UTC_TIMESTAMP(3) WHERE id = ?`,
      [dates[0] ?? null, dates.at(-1) ?? null, times.at(-1) ?? null, id],
    );
  }
}
