import { idToBinary, type Queryable, type SqlValue } from '@ticketing/common/database';
import type { ListedConcert } from '../concerts/listed-concert.ts';
import { textKeys } from './concert-document.ts';
import { undated } from './search-query.ts';
import { keyOf, withoutParticle, wordsOf } from './search-words.ts';

/** Where a word stands, as bits. */
export const wordFields = { artist: 1, title: 2, place: 4, description: 8 } as const;
/** The bits of names. */
export const nameFields = wordFields.artist | wordFields.title;

const rowsPerStatement = 1_000;
// A description of a thousand words is a novel; whoever looks for its end has the index.
const mostDescriptionWords = 150;

/** What words are taken from. */
export interface WordedConcert extends Pick<ListedConcert, 'id' | 'title' | 'artist' | 'description' | 'startsOn'> {
  venue: Pick<ListedConcert['venue'], 'name' | 'city'>;
}

/** Writes the words by which SQL finds these concerts, in place of those they had. In the transaction of their change. */
export async function replaceWords(db: Queryable, concerts: WordedConcert[]): Promise<void> {
  if (concerts.length === 0) return;
  await db.execute('DELETE FROM concert_words WHERE concert_id IN (?)', [concerts.map(({ id }) => idToBinary(id))]);
  const rows = concerts.flatMap((concert): SqlValue[][] =>
    [...wordsOfConcert(concert)].map(([word, fields]) => [word, concert.startsOn ?? undated, idToBinary(concert.id), fields]),
  );
  for (let start = 0; start < rows.length; start += rowsPerStatement) {
    await db.execute('INSERT INTO concert_words (word, listed_on, concert_id, fields) VALUES ?', [
      rows.slice(start, start + rowsPerStatement),
    ]);
  }
}

/** The words of a concert with the places in which they stand. */
function wordsOfConcert({ artist, title, venue, description }: WordedConcert): Map<string, number> {
  const words = new Map<string, number>();
  const add = (keys: string[], field: number): void => {
    for (const key of keys) words.set(key, (words.get(key) ?? 0) | field);
  };
  add(textKeys(artist), wordFields.artist);
  add(textKeys(title), wordFields.title);
  add([...textKeys(venue.name), ...textKeys(venue.city)], wordFields.place);
  const plain = wordsOf(description).slice(0, mostDescriptionWords);
  add([...plain, ...plain.flatMap((word) => withoutParticle(word) ?? [])].map(keyOf), wordFields.description);
  return words;
}
