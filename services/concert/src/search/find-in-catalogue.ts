import { idFromBinary, idToBinary, type Queryable, type SqlValue } from '@ticketing/common/database';
import { escapeLike } from './like-pattern.ts';
import { cutPage, type FoundPage, type SearchQuery } from './search-query.ts';

/** Searches by SQL, in the place of the index: every word must occur somewhere, the order is always by date. */
export async function findInCatalogue(db: Queryable, query: SearchQuery): Promise<FoundPage> {
  const { where, values } = searchConditions(query);
  const rows = await db.query<{ id: Buffer; listed_on: string }>(
    `SELECT c.id, DATE_FORMAT(c.listed_on, '%Y-%m-%d') AS listed_on
       FROM concerts c JOIN venues v ON v.id = c.venue_id
      WHERE ${where} ORDER BY c.listed_on, c.id LIMIT ${query.limit + 1}`,
    values,
  );
  const items = rows.map((row) => ({ id: idFromBinary(row.id), on: row.listed_on }));
  return cutPage(
    items,
    query.limit,
    ({ id, on }) => ({ by: 'date', on, id }),
    ({ id }) => id,
  );
}

/** The WHERE clause of a search over the tables `c` (concerts) and `v` (venues). */
export function searchConditions({ q, artist, from, to, after }: SearchQuery): { where: string; values: SqlValue[] } {
  const conditions: { sql: string; values: SqlValue[] }[] = words(q).map((word) => ({
    sql: "(CONCAT_WS(' ', c.title, c.artist, v.name, v.city, c.description) LIKE ? ESCAPE '!')",
    values: [`%${escapeLike(word)}%`],
  }));
  if (artist !== '') conditions.push({ sql: 'c.artist = ?', values: [artist] });
  if (from !== '') conditions.push({ sql: 'c.ends_on >= ?', values: [from] });
  if (to !== '') conditions.push({ sql: 'c.starts_on <= ?', values: [to] });
  // A list that was begun by relevance can't go on by SQL: it begins anew by date, which repeats items but misses none.
  if (after?.by === 'date') {
    const id = idToBinary(after.id);
    conditions.push({ sql: 'c.listed_on >= ? AND (c.listed_on > ? OR c.id > ?)', values: [after.on, after.on, id] });
  }
  return {
    where: conditions.length === 0 ? 'TRUE' : conditions.map(({ sql }) => sql).join(' AND '),
    values: conditions.flatMap((condition) => condition.values),
  };
}

// A sentence of fifty words is no search; the first ten decide.
function words(q: string): string[] {
  return q
    .split(/\s+/)
    .filter((word) => word !== '')
    .slice(0, 10);
}
