import { idFromBinary, idToBinary, type Queryable } from '@ticketing/common/database';
import { type ListedConcert, loadConcerts } from '../concerts/listed-concert.ts';
import { recordChanges } from '../concerts/record-change.ts';
import { localDate } from '../concerts/venue-time.ts';

const batchSize = 200;

/** Lets all concerts at a venue follow its change, in the change's transaction. @returns their ids */
export async function followVenue(tx: Queryable, venue: ListedConcert['venue']): Promise<string[]> {
  const followed: string[] = [];
  let after: Buffer = Buffer.alloc(16);
  for (;;) {
    // Locked before their performances are read: one that is being scheduled is found, or goes by the new zone.
    const rows = await tx.query<{ id: Buffer }>(
      `SELECT id FROM concerts WHERE venue_id = ? AND id > ? ORDER BY id LIMIT ${batchSize} FOR UPDATE`,
      [idToBinary(venue.id), after],
    );
    const ids = rows.map(({ id }) => idFromBinary(id));
    await moveDates(
      tx,
      rows.map(({ id }) => id),
      venue.timeZone,
    );
    await recordChanges(tx, 'concert.updated', await loadConcerts(tx, ids));
    followed.push(...ids);
    const last = rows.at(-1);
    if (!last || rows.length < batchSize) return followed;
    after = last.id;
  }
}

async function moveDates(tx: Queryable, ids: Buffer[], timeZone: string): Promise<void> {
  if (ids.length === 0) return;
  const performances = await tx.query<{ concert_id: Buffer; starts_at: Date }>(
    'SELECT concert_id, starts_at FROM performances WHERE concert_id IN (?)',
    [ids],
  );
  for (const id of ids) {
    const dates = performances
      .filter((performance) => performance.concert_id.equals(id))
      .map((performance) => localDate(performance.starts_at, timeZone))
      .toSorted();
    const [startsOn, endsOn] = [dates[0] ?? null, dates.at(-1) ?? null];
    // Assignments are evaluated from left to right: listed_on takes the new starts_on.
    await tx.execute(
      `UPDATE concerts SET starts_on = ?, ends_on = ?, listed_on = COALESCE(starts_on, DEFAULT(listed_on)),
              version = version + 1, changed_at = UTC_TIMESTAMP(3) WHERE id = ?`,
      [startsOn, endsOn, id],
    );
  }
}
