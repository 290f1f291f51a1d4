import { idFromBinary, idToBinary, type Queryable, type SqlValue } from '@ticketing/common/database';
import { nameFields } from './catalogue-words.ts';
import { type ChosenWords, chooseWords, type WordChoice } from './choose-words.ts';
import { escapeLike } from './like-pattern.ts';
import { cutPage, type FoundPage, lastDated, type SearchQuery, undated } from './search-query.ts';

/** A statement or a part of one, with its values. */
export interface Sql {
  sql: string;
  values: SqlValue[];
}

/** What was looked up before a search, so that it reads no more than it needs. */
export interface SearchBounds {
  /** No concert that fits begins before this date; empty where any date will do. */
  earliest: string;
  /** Stored ids of the venues in the wanted cities; empty for all. */
  venues: Buffer[];
}

const shown: Sql = { sql: "c.state <> 'DRAFT'", values: [] };
const unbounded: SearchBounds = { earliest: '', venues: [] };

/** Searches by SQL, in the place of the index: every word must stand somewhere, the order is always by date. */
export async function findInCatalogue(db: Queryable, query: SearchQuery): Promise<FoundPage> {
  const chosen = query.readings.length === 0 ? undefined : await chooseWords(db, query.readings);
  if (chosen?.choices.length === 0) return { ids: [], next: undefined };
  const venues = await venuesIn(db, query.cities);
  if (query.cities.length > 0 && venues.length === 0) return { ids: [], next: undefined };
  const bounds = { earliest: await earliestStart(db, query), venues };
  const { sql, values } = chosen ? wordSearch(chosen, query, bounds) : plainList(query, bounds);
  const rows = await db.query<{ id: Buffer; listed_on: string }>(sql, values);
  const items = rows.map((row) => ({ id: idFromBinary(row.id), on: row.listed_on }));
  return cutPage(
    items,
    query.limit,
    ({ id, on }) => ({ by: 'date', on, id }),
    ({ id }) => id,
  );
}

async function venuesIn(db: Queryable, cities: string[]): Promise<Buffer[]> {
  if (cities.length === 0) return [];
  const rows = await db.query<{ id: Buffer }>('SELECT id FROM venues WHERE searched_city IN (?)', [cities]);
  return rows.map(({ id }) => id);
}

/**
 * The first date on which a concert that fits can have begun: before what is asked for by no more than the longest run. Without it a list
 * of what is to come would be read from the first concert that ever was. Empty where any date will do.
 */
async function earliestStart(db: Queryable, { from, status, now }: SearchQuery): Promise<string> {
  // Who is last to have a date has it half a day after UTC.
  const today = dateOf(now, -1);
  const isUpcoming = status === 'ON_SALE' || status === 'SCHEDULED';
  const endsOn = [from, isUpcoming ? today : ''].toSorted().at(-1);
  if (!endsOn) return '';
  const [row] = await db.query<{ on: string | null }>(
    "SELECT DATE_FORMAT(CAST(? AS DATE) - INTERVAL MAX(run_days) DAY, '%Y-%m-%d') AS `on` FROM concerts",
    [endsOn],
  );
  return row?.on ?? '';
}

/** A page of all concerts that pass the filters, without drafts, which have no words either. */
export function plainList(query: SearchQuery, bounds = unbounded): Sql {
  const dates = dateBounds(query, bounds, 'c.listed_on');
  const { sql, values } = conditions([shown, ...filters(query, bounds), ...dates, ...behindCursor(query, 'c.listed_on', 'c.id')]);
  return {
    sql: `SELECT c.id, DATE_FORMAT(c.listed_on, '%Y-%m-%d') AS listed_on FROM concerts c
           WHERE ${sql} ORDER BY c.listed_on, c.id LIMIT ${query.limit + 1}`,
    values,
  };
}

/**
 * A page of the concerts that have all words of one choice. Each choice is read in the order of the list and stops after a page,
 * however common its words are.
 */
export function wordSearch({ choices, inNames }: ChosenWords, query: SearchQuery, bounds = unbounded): Sql {
  const parts = choices.map((choice) => choiceSearch({ choice, inNames }, query, bounds));
  return {
    sql: `SELECT concert_id AS id, DATE_FORMAT(found.listed_on, '%Y-%m-%d') AS listed_on FROM (${parts.map(({ sql }) => `(${sql})`).join(' UNION ')}) found
           ORDER BY found.listed_on, concert_id LIMIT ${query.limit + 1}`,
    values: parts.flatMap(({ values }) => values),
  };
}

function choiceSearch({ choice, inNames }: { choice: WordChoice; inNames: boolean }, query: SearchQuery, bounds: SearchBounds): Sql {
  const filtered = filters(query, bounds);
  const joins = choice.slice(1).map((_, index) => `JOIN concert_words w${index + 1} ON w${index + 1}.concert_id = w0.concert_id`);
  // Most of what is not over is on sale, so the words must lead to it. MySQL would sort the concerts of a small catalogue instead.
  const leads = query.status === 'ON_SALE' && query.artists.length === 0 && bounds.venues.length === 0;
  if (filtered.length > 0) joins.push(`${leads ? 'STRAIGHT_JOIN' : 'JOIN'} concerts c ON c.id = w0.concert_id`);
  const words = choice.map(({ key, isBeginning }, index) =>
    isBeginning
      ? { sql: `w${index}.word LIKE ? ESCAPE '!'`, values: [`${escapeLike(key)}%`] }
      : { sql: `w${index}.word = ?`, values: [key] },
  );
  const places = inNames ? choice.map((_, index) => ({ sql: `w${index}.fields & ${nameFields}`, values: [] })) : [];
  const dates = dateBounds(query, bounds, 'w0.listed_on');
  const { sql, values } = conditions([...words, ...places, ...filtered, ...dates, ...behindCursor(query, 'w0.listed_on', 'w0.concert_id')]);
  const distinct = choice.some(({ isBeginning }) => isBeginning) ? 'DISTINCT ' : '';
  return {
    sql: `SELECT ${distinct}w0.listed_on, w0.concert_id FROM concert_words w0 ${joins.join(' ')}
           WHERE ${sql} ORDER BY w0.listed_on, w0.concert_id LIMIT ${query.limit + 1}`,
    values,
  };
}

function filters({ artists, status, from, now }: SearchQuery, { venues }: SearchBounds): Sql[] {
  const byStatus = {
    CANCELLED: { sql: 'c.cancelled_at IS NOT NULL', values: [] },
    ENDED: { sql: "c.state = 'PUBLISHED' AND c.last_starts_at <= ?", values: [now] },
    ON_SALE: {
      sql: "c.state = 'PUBLISHED' AND c.sale_opens_at <= ? AND (c.last_starts_at IS NULL OR c.last_starts_at > ?)",
      values: [now, now],
    },
    SCHEDULED: {
      sql: "c.state = 'PUBLISHED' AND c.sale_opens_at > ? AND (c.last_starts_at IS NULL OR c.last_starts_at > ?)",
      values: [now, now],
    },
  };
  return [
    ...(artists.length === 0 ? [] : [{ sql: 'c.artist IN (?)', values: [artists] }]),
    ...(venues.length === 0 ? [] : [{ sql: 'c.venue_id IN (?)', values: [venues] }]),
    ...(status === undefined ? [] : [byStatus[status]]),
    ...(from === '' ? [] : [{ sql: 'c.ends_on >= ?', values: [from] }]),
  ];
}

/** Bounds by which a list begins and ends. @param column listed_on, which is starts_on wherever there is one, and what lists are ordered by */
function dateBounds({ to, status, now }: SearchQuery, { earliest }: SearchBounds, column: string): Sql[] {
  // What has no date is listed on the last one of all, but not until then.
  const until = to === undated ? lastDated : to;
  // What is over began before tomorrow, wherever it is.
  const [latest] = [until, status === 'ENDED' ? dateOf(now, 1) : ''].filter((date) => date !== '').toSorted();
  return [
    ...(earliest === '' ? [] : [{ sql: `${column} >= ?`, values: [earliest] }]),
    ...(latest === undefined ? [] : [{ sql: `${column} <= ?`, values: [latest] }]),
  ];
}

/** The date by UTC, so many days later. */
function dateOf(now: Date, days: number): string {
  return new Date(now.getTime() + days * 86_400_000).toISOString().slice(0, 10);
}

// A list that was begun by relevance can't go on by SQL: it begins anew by date, which repeats items but misses none.
function behindCursor({ after }: SearchQuery, date: string, idColumn: string): Sql[] {
  if (after?.by !== 'date') return [];
  return [{ sql: `${date} >= ? AND (${date} > ? OR ${idColumn} > ?)`, values: [after.on, after.on, idToBinary(after.id)] }];
}

function conditions(all: Sql[]): Sql {
  if (all.length === 0) return { sql: 'TRUE', values: [] };
  return { sql: all.map(({ sql }) => sql).join(' AND '), values: all.flatMap(({ values }) => values) };
}
