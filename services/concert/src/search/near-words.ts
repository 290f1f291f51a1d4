import type { Queryable } from '@ticketing/common/database';
import { nameFields, wordFields } from './catalogue-words.ts';
import { distance } from './edit-distance.ts';
import { escapeLike } from './like-pattern.ts';
import { keyOf } from './search-words.ts';
import { mistakesIn } from './thesaurus.ts';

// Of a large catalogue the words that begin with two right letters are looked at, and the first ones of those that begin with one.
const mostLookedAt = 2_000;
const mostNear = 12;

// Of a very common word.
const mostRows = 1_000;

const nameAndPlaceFields = nameFields | wordFields.place;

/**
 * What a word may have been meant to be that the catalogue has not: the names and places that differ in the fewest letters, of which the
 * first must be right. As they are looked up.
 */
export async function findNearWords(db: Queryable, word: string): Promise<string[]> {
  const most = mistakesIn(word);
  if (most === 0) return [];
  const key = keyOf(word);
  const near = (await wordsLike(db, key))
    .map((other) => ({ other, edits: distance(key, other, most) }))
    .filter(({ edits }) => edits !== Infinity)
    .toSorted((a, b) => a.edits - b.edits)
    .slice(0, mostNear);
  const standing = await standingIn(
    db,
    nameAndPlaceFields,
    near.map(({ other }) => other),
  );
  const found = near.filter(({ other }) => standing.has(other));
  return found.filter(({ edits }) => edits === found[0]?.edits).map(({ other }) => other);
}

async function wordsLike(db: Queryable, key: string): Promise<string[]> {
  const some = `(SELECT DISTINCT word FROM concert_words WHERE word LIKE ? ESCAPE '!' LIMIT ${mostLookedAt})`;
  const rows = await db.query<{ word: string }>(`SELECT word FROM (${some} UNION ${some}) begun`, [
    `${escapeLike(key.slice(0, 2))}%`,
    `${escapeLike(key.slice(0, 1))}%`,
  ]);
  return rows.map(({ word }) => word);
}

/** Which of the words, as they are looked up, stand in the name of an artist or a concert. */
export function findNames(db: Queryable, keys: string[]): Promise<Set<string>> {
  return standingIn(db, nameFields, keys);
}

async function standingIn(db: Queryable, fields: number, keys: string[]): Promise<Set<string>> {
  if (keys.length === 0) return new Set();
  const rows = `(SELECT fields FROM concert_words WHERE word = ? LIMIT ${mostRows})`;
  const looks = keys.map((_, index) => `EXISTS (SELECT 1 FROM ${rows} found WHERE found.fields & ${fields}) AS w${index}`);
  const [row] = await db.query<Record<string, number>>(`SELECT ${looks.join(', ')}`, keys);
  return new Set(keys.filter((_, index) => row?.[`w${index}`] === 1));
}
