import { idFromBinary, type Queryable } from '@ticketing/common/database';
import { wordFields } from './catalogue-words.ts';
import type { Sql } from './find-in-catalogue.ts';
import { initialsOf } from './hangul.ts';
import { escapeLike } from './like-pattern.ts';
import { keyOf, wordsOf } from './search-words.ts';
import { fits, type SuggestedName } from './suggestions.ts';
import type { TypedName } from './typed-name.ts';

interface NameRow {
  name: string;
  id: Buffer;
  popularity: number;
}

/** Names of which a word begins like what was typed, by SQL, in the place of the index. */
export async function suggestFromCatalogue(db: Queryable, typed: TypedName): Promise<SuggestedName[]> {
  const names = await Promise.all(
    (['artist', 'title'] as const).map(async (kind) => {
      const { sql, values } = nameSearch(kind, typed);
      const rows = await db.query<NameRow>(sql, values);
      return rows.map(({ name, id, popularity }) => ({
        text: name,
        kind,
        concertId: kind === 'title' ? idFromBinary(id) : undefined,
        fit: fitOf(name, typed),
        popularity,
      }));
    }),
  );
  return names.flat();
}

// Of a single letter half the catalogue may be meant; so many words are looked at, and names, of which the best need not be the most popular.
const mostWords = 500;
const mostNames = 500;
const mostMeanings = 8;

function nameSearch(kind: 'artist' | 'title', { word, meanings }: TypedName): Sql {
  const keys = meanings.slice(0, mostMeanings).map(keyOf);
  const found = (condition: string): string =>
    `(SELECT concert_id FROM concert_words WHERE ${condition} AND fields & ${wordFields[kind]} LIMIT ${mostWords})`;
  const parts = [found(`word LIKE ? ESCAPE '!'`), ...keys.map(() => found('word = ?'))];
  return {
    sql: `SELECT c.${kind} COLLATE utf8mb4_bin AS name, MIN(c.id) AS id, MAX(c.popularity) AS popularity
            FROM (${parts.join(' UNION ')}) found JOIN concerts c ON c.id = found.concert_id
           GROUP BY name ORDER BY popularity DESC, MIN(c.listed_on), name LIMIT ${mostNames}`,
    values: [`${escapeLike(keyOf(word))}%`, ...keys],
  };
}

function fitOf(name: string, { word, meanings }: TypedName): number {
  const letters = wordsOf(name).join('');
  const whole = keyOf(letters);
  if (whole.startsWith(keyOf(word)) || initialsOf(letters)?.startsWith(word)) return fits.beginning;
  return meanings.some((meaning) => whole.includes(keyOf(meaning))) ? fits.synonym : fits.word;
}
