import { randomInt } from 'node:crypto';
import { type Database, idToBinary, newId } from '@ticketing/common/database';
import type { ListedConcert } from '../concerts/listed-concert.ts';
import { replaceWords } from '../search/catalogue-words.ts';

const syllables = Array.from('가나다라마바사아자차카타파하고노도로모보소오조초코토포호구누두루무부수우주추쿠투푸후');
const batchSize = 500;

/**
 * Fills the catalogue up to so many concerts, without events and as if the index had them: for plans and times of statements.
 * All of them are called concerts and half of them jazz, so that there are common words as well as rare ones.
 */
export async function fillCatalogue(db: Database, wanted: number, venue: ListedConcert['venue']): Promise<void> {
  const [{ n } = { n: 0 }] = await db.query<{ n: number }>('SELECT COUNT(*) AS n FROM concerts');
  for (let count = n; count < wanted; count += batchSize) {
    const concerts = Array.from({ length: batchSize }, (_, index) => makeConcert(index, venue));
    await db.transaction(async (tx) => {
      await tx.execute(
        `INSERT INTO concerts (id, title, artist, description, venue_id, sale_opens_at, starts_on, ends_on, listed_on, last_starts_at,
                               version, indexed_version, created_at, changed_at) VALUES ?`,
        [
          concerts.map(({ id, title, artist, description, saleOpensAt, startsOn = '', lastStartsAt = saleOpensAt }) => [
            ...[idToBinary(id), title, artist, description, idToBinary(venue.id), saleOpensAt],
            ...[startsOn, startsOn, startsOn, lastStartsAt, 1, 1, saleOpensAt, saleOpensAt],
          ]),
        ],
      );
      await replaceWords(tx, concerts);
    });
  }
  if (n < wanted) for (const table of ['concerts', 'concert_words', 'venues', 'performances']) await db.query(`ANALYZE TABLE ${table}`);
}

function makeConcert(index: number, venue: ListedConcert['venue']): ListedConcert {
  const word = (): string => Array.from({ length: randomInt(2, 4) }, () => syllables[randomInt(syllables.length)]).join('');
  const startsOn = `2032-${String(randomInt(1, 13)).padStart(2, '0')}-${String(randomInt(1, 29)).padStart(2, '0')}`;
  return {
    ...{ id: newId(), version: 1, popularity: 0, venue, saleOpensAt: new Date('2026-01-01T00:00:00Z') },
    ...{
      title: `${word()} ${word()} 콘서트`,
      artist: `${word()} ${word()}`,
      description: `${word()} ${index % 2 === 0 ? 'jazz' : word()} night`,
    },
    ...{ startsOn, endsOn: startsOn, lastStartsAt: new Date(`${startsOn}T10:00:00Z`) },
  };
}
