import type { Queryable } from '@ticketing/common/database';
import { wordFields } from './catalogue-words.ts';
import { distance } from './edit-distance.ts';
import { escapeLike } from './like-pattern.ts';
import { keyOf } from './search-words.ts';
import { mistakesIn } from './thesaurus.ts';

// Of a large catalogue the words that begin with two right letters are looked at, and the first ones of those that begin with one.
const mostLookedAt = 2_000;
const mostNear = 12;

const named = wordFields.artist | wordFields.title | wordFields.place;

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
  const names = await namesAmong(
    db,
    near.map(({ other }) => other),
  );
  const found = near.filter(({ other }) => names.has(other));
  return found.filter(({ edits }) => edits === found[0]?.edits).map(({ other }) => other);
}

async function wordsLike(db: Queryable, key: string): Promise<string[]> {
  const some = `(SELECT DISTINCT word FROM concert_words WHERE word LIKE ? ESCAPE '!' LIMIT ${mostLookedAt})`;
  const rows = await db.query<{ word: string }>(`${some} UNION ${some}`, [
    `${escapeLike(key.slice(0, 2))}%`,
    `${escapeLike(key.slice(0, 1))}%`,
  ]);
  return rows.map(({ word }) => word);
}

async function namesAmong(db: Queryable, words: string[]): Promise<Set<string>> {
  if (words.length === 0) return new Set();
  const looks = words.map((_, index) => `EXISTS (SELECT 1 FROM concert_words WHERE word = ? AND fields & ${named}) AS w${index}`);
  const [row] = await db.query<Record<string, number>>(`SELECT ${looks.join(', ')}`, words);
  return new Set(words.filter((_, index) => row?.[`w${index}`] === 1));
}
