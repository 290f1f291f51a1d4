import { idFromBinary, idToBinary, type Queryable } from '@ticketing/common/database';
import { type ListedConcert, loadConcerts } from '../concerts/listed-concert.ts';
import { recordChanges } from '../concerts/record-change.ts';
import { writeDates } from '../concerts/write-dates.ts';

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
    await writeDates(
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
