import { idFromBinary, type Queryable } from '@ticketing/common/database';
import { escapeLike } from './like-pattern.ts';
import type { SuggestedNames } from './suggestions.ts';

/** Names of which a word begins with q, by SQL, in the place of the index. */
export async function suggestFromCatalogue(db: Queryable, q: string, limit: number): Promise<SuggestedNames> {
  const beginning = `${escapeLike(q)}%`;
  const patterns = [beginning, `% ${beginning}`];
  const artists = await db.query<{ artist: string }>(
    `SELECT artist, MIN(listed_on) AS listed_on FROM concerts
      WHERE artist LIKE ? ESCAPE '!' OR artist LIKE ? ESCAPE '!'
      GROUP BY artist ORDER BY listed_on, artist LIMIT ${limit}`,
    patterns,
  );
  const titles = await db.query<{ title: string; id: Buffer }>(
    `SELECT title, id FROM concerts
      WHERE title LIKE ? ESCAPE '!' OR title LIKE ? ESCAPE '!'
      ORDER BY listed_on, id LIMIT ${limit}`,
    patterns,
  );
  return {
    artists: artists.map(({ artist }) => artist),
    titles: titles.map(({ title, id }) => ({ title, id: idFromBinary(id) })),
  };
}
