import { randomInt } from 'node:crypto';
import { type Database, idToBinary, newId, type Queryable } from '@ticketing/common/database';
import { analyzeTables, insertMany, manyRows, numberedId, reportProgress } from '@ticketing/common/testing/many-rows';
import type { ListedConcert } from '../concerts/listed-concert.ts';
import { replaceWords } from '../search/catalogue-words.ts';

const syllables = Array.from('가나다라마바사아자차카타파하고노도로모보소오조초코토포호구누두루무부수우주추쿠투푸후');
const batchSize = 500;
const originals = 4_000;
const venues = 2_000;
const wantedWords = 1_000_000;
const columns =
  'title, artist, description, sale_opens_at, version, indexed_version, created_at, changed_at, venue_id, starts_on, ends_on, listed_on, last_starts_at';

/** The tables that `fillCatalogue` fills. */
export const filledTables = ['concerts', 'concert_words', 'performances', 'venues', 'waiting_rooms'];

/** Concerts by their stored ids: both ends belong to it. */
export interface IdRange {
  first: Buffer;
  last: Buffer;
}

/**
 * Fills the catalogue, without events and as if the index had them: for plans and times of statements. All concerts are called concerts
 * and half of them jazz, so that there are common words as well as rare ones. Above some thousand they are copies, which reach back for
 * years; one copy of sixteen runs for two months.
 * @param count how many there are to be; no fewer than some thousand
 * @returns the concerts that have words, which are about a million where there are copies
 */
export async function fillCatalogue(db: Database, venue: ListedConcert['venue'], count = manyRows): Promise<IdRange[]> {
  const city = "CONCAT('도시 ', n MOD 50)";
  const place = { id: numberedId('venue'), name: `CONCAT('홀 ', HEX(${numberedId('venue')}))`, city, time_zone: "'Asia/Seoul'" };
  await insertMany(db, 'venues', place, venues);
  const batches: IdRange[] = [];
  for (let made = 0; made < originals; made += batchSize) batches.push(await makeConcerts(db, venue));
  const [{ words } = { words: 0 }] = await db.query<{ words: number }>('SELECT COUNT(*) AS words FROM concert_words');
  const worded = [...batches];
  const copies = Math.floor(count / originals) - 1;
  for (let copy = 1; copy <= copies; copy += 1) {
    if (copy % 50 === 1) reportProgress(`concerts, words and performances: copies ${copy} to ${copy + 49} of ${originals} concerts`);
    const hasWords = copy * words < wantedWords;
    for (const batch of batches) await copyConcerts(db, copy, batch, hasWords);
    if (hasWords) worded.push({ first: Buffer.from(copyId(copy, '0'), 'hex'), last: Buffer.from(copyId(copy, 'f'), 'hex') });
  }
  await analyzeTables(db, filledTables);
  return worded;
}

async function makeConcerts(db: Database, venue: ListedConcert['venue']): Promise<IdRange> {
  const concerts = Array.from({ length: batchSize }, (_, index) => makeConcert(index, venue));
  const ids = concerts.map(({ id }) => idToBinary(id)).toSorted((one, other) => one.compare(other));
  const range = { first: ids.at(0) ?? Buffer.alloc(16), last: ids.at(-1) ?? Buffer.alloc(16) };
  await db.transaction(async (tx) => {
    await tx.execute(`INSERT INTO concerts (id, ${columns}) VALUES ?`, [
      concerts.map(({ id, title, artist, description, saleOpensAt, startsOn = '', lastStartsAt = saleOpensAt }) => [
        ...[idToBinary(id), title, artist, description, saleOpensAt, 1, 1, saleOpensAt, saleOpensAt],
        ...[idToBinary(venue.id), startsOn, startsOn, startsOn, lastStartsAt],
      ]),
    ]);
    await replaceWords(tx, concerts);
    await addPerformances(tx, 'id', range);
  });
  return range;
}

function makeConcert(index: number, venue: ListedConcert['venue']): ListedConcert {
  const word = (): string => Array.from({ length: randomInt(2, 4) }, () => syllables[randomInt(syllables.length)]).join('');
  const startsOn = `2032-${String(randomInt(1, 13)).padStart(2, '0')}-${String(randomInt(1, 29)).padStart(2, '0')}`;
  return {
    ...{ id: newId(), version: 1, popularity: 0, venue, saleOpensAt: new Date('2026-01-01T00:00:00Z'), state: 'PUBLISHED' },
    ...{
      title: `${word()} ${word()} 콘서트`,
      artist: `${word()} ${word()}`,
      description: `${word()} ${index % 2 === 0 ? 'jazz' : word()} night`,
    },
    ...{ startsOn, endsOn: startsOn, lastStartsAt: new Date(`${startsOn}T10:00:00Z`) },
  };
}

/** The id of a copy in hexadecimal digits: the copy's number, and what is random in the original's id. */
function copyId(copy: number, rest: string): string {
  return `${copy.toString(16).padStart(12, '0')}${rest.length === 1 ? rest.repeat(20) : rest}`;
}

async function copyConcerts(db: Queryable, copy: number, { first, last }: IdRange, hasWords: boolean): Promise<void> {
  const copyOf = (column: string): string => `UNHEX(CONCAT('${copyId(copy, '').slice(0, 12)}', RIGHT(HEX(${column}), 20)))`;
  const earlier = (column: string): string => `${column} - INTERVAL ${copy * 20} DAY`;
  const endsOn = `${earlier('starts_on')} + INTERVAL IF(CRC32(id) MOD 16 = 0, 60, 0) DAY`;
  await db.execute(
    `INSERT INTO concerts (id, ${columns})
     SELECT ${copyOf('id')}, title, artist, description, sale_opens_at, 1, 1, created_at, changed_at, ${numberedId('venue', `CRC32(id) MOD ${venues}`)},
            ${earlier('starts_on')}, ${endsOn}, ${earlier('starts_on')}, TIMESTAMP(${endsOn}, '10:00:00')
       FROM concerts WHERE id BETWEEN ? AND ?`,
    [first, last],
  );
  await addPerformances(db, copyOf('id'), { first, last });
  if (!hasWords) return;
  await db.execute(
    `INSERT INTO concert_words (word, listed_on, concert_id, fields)
     SELECT word, ${earlier('listed_on')}, ${copyOf('concert_id')}, fields FROM concert_words WHERE concert_id BETWEEN ? AND ?`,
    [first, last],
  );
}

/** A performance and a waiting room for each concert. @param id SQL for the id of a concert, from that of a concert in the range */
async function addPerformances(db: Queryable, id: string, { first, last }: IdRange): Promise<void> {
  await db.execute(
    `INSERT INTO performances (id, concert_id, starts_at, sale_opens_at, total_seats, price_from, price_to, max_seats_per_person, created_at)
     SELECT ${id}, ${id}, last_starts_at, sale_opens_at, 1000, 50000, 90000, 4, created_at FROM concerts WHERE id BETWEEN ? AND ?`,
    [first, last],
  );
  await db.execute(
    `INSERT INTO waiting_rooms (concert_id, epoch, draw_commitment) SELECT ${id}, UUID(), SHA2(HEX(id), 256) FROM concerts WHERE id BETWEEN ? AND ?`,
    [first, last],
  );
}
