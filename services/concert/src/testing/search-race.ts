import { writeFileSync } from 'node:fs';
import type { Database, SqlValue } from '@ticketing/common/database';
import { reportProgress } from '@ticketing/common/testing/many-rows';
import { formatMs, openAsMigrator } from '@ticketing/common/testing/plan-table';
import { escapeLike } from '../search/like-pattern.ts';
import type { IdRange } from './many-concerts.ts';

/** Ways to search the same concerts by SQL: each answers a page in the order of dates. */
type Way = (db: Database, q: string) => Promise<number>;

const page = 21;
const executions = 5;

// The words of a query, each as the beginning of one; boolean operators in it are none.
const booleanQuery = (q: string): string =>
  q
    .split(' ')
    .map((word) => `+${word.replaceAll(/[^\p{L}\p{N}]/gu, '')}*`)
    .join(' ');

const byFullText: Way = (db, q) => rowsOf(db, 'MATCH (words) AGAINST (? IN BOOLEAN MODE)', [booleanQuery(q)]);
const byScan: Way = (db, q) => {
  const words = q.split(' ');
  const condition = words.map(() => `words LIKE ? ESCAPE '!'`).join(' AND ');
  return rowsOf(
    db,
    condition,
    words.map((word) => `%${escapeLike(word)}%`),
  );
};

async function rowsOf(db: Database, condition: string, values: SqlValue[]): Promise<number> {
  const rows = await db.query(`SELECT id FROM search_race WHERE ${condition} ORDER BY listed_on, id LIMIT ${page}`, values);
  return rows.length;
}

/**
 * Measures the table of words beside a FULLTEXT index and a scan of the same concerts, where `npm run explain` asks for it, and writes it down.
 * @param race.worded the concerts that have words
 * @param race.queries by what they are
 * @param race.search searches by the table of words
 */
export async function writeSearchRace(race: { worded: IdRange[]; queries: Record<string, string>; search: Way }): Promise<void> {
  const folder = process.env.TICKETING_EXPLAIN;
  if (folder === undefined) return;
  const db = await openAsMigrator('concert');
  try {
    await fillRace(db, race.worded);
    const rows: string[] = [];
    for (const [what, q] of Object.entries(race.queries)) {
      reportProgress(`search by SQL: ${what}`);
      const results: string[] = [];
      for (const way of [race.search, byFullText, byScan]) results.push(await measure(db, q, way));
      rows.push(`| ${what} | ${q} | ${results.join(' | ')} |`);
    }
    const [size] = await db.query<{ concerts: number; words: number }>(
      'SELECT (SELECT COUNT(*) FROM search_race) AS concerts, (SELECT COUNT(*) FROM concert_words) AS words',
    );
    const head = `# Search by SQL: a table of words, FULLTEXT, a scan

Made by \`npm run explain\`. ${size?.concerts.toLocaleString('en')} concerts with ${size?.words.toLocaleString('en')} words; a page of 20 and whether there is another one, in the order of dates.
Milliseconds of the shortest of ${executions} executions, and how many of the ${page} rows were found. The table of words is asked as the product does, with the
look for what a query can mean; FULLTEXT is an InnoDB index in boolean mode, each word as a beginning, with the server's defaults.

| query | | table of words | FULLTEXT | \`LIKE '%…%'\` |
|---|---|---|---|---|
`;
    writeFileSync(`${folder}/search-by-sql.md`, `${head}${rows.join('\n')}\n`);
  } finally {
    await db.execute('DROP TABLE IF EXISTS search_race');
    await db.close();
  }
}

async function fillRace(db: Database, worded: IdRange[]): Promise<void> {
  reportProgress('search by SQL: a FULLTEXT index');
  await db.execute('DROP TABLE IF EXISTS search_race');
  await db.execute(
    `CREATE TABLE search_race (
       id BINARY(16) NOT NULL PRIMARY KEY,
       listed_on DATE NOT NULL,
       words TEXT NOT NULL,
       KEY search_race_listing (listed_on, id),
       FULLTEXT KEY search_race_words (words)
     ) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`,
  );
  for (const { first, last } of worded) {
    await db.execute(
      `INSERT INTO search_race (id, listed_on, words)
       SELECT c.id, c.listed_on, CONCAT_WS(' ', c.title, c.artist, v.name, v.city, c.description)
         FROM concerts c JOIN venues v ON v.id = c.venue_id WHERE c.id BETWEEN ? AND ?`,
      [first, last],
    );
  }
  await db.query('ANALYZE TABLE search_race');
}

async function measure(db: Database, q: string, way: Way): Promise<string> {
  const times: number[] = [];
  let found = 0;
  for (let execution = 0; execution < executions; execution += 1) {
    const startedAt = performance.now();
    found = await way(db, q);
    times.push(performance.now() - startedAt);
  }
  return `${formatMs(Math.min(...times))} ms, ${found}`;
}
