import type { Queryable } from '@ticketing/common/database';
import { escapeLike } from './like-pattern.ts';
import { findNearWords } from './near-words.ts';
import type { Concept, Reading } from './read-query.ts';
import { keyOf } from './search-words.ts';

/** A word that the catalogue has, or the beginning of some. */
export interface Word {
  key: string;
  isBeginning: boolean;
}

/** Words that a concert must have all of. */
export type WordChoice = Word[];

// Ways to write a concept, combinations of them, and words with one beginning that one search looks for.
const mostForms = 4;
const mostChoices = 12;
const mostBegun = 40;
// Of a word that others follow: whoever goes on to the next has typed it.
const shortestBeginning = 3;

/**
 * Turns the readings of a query into words that the catalogue has. A word that is complete is taken as it is, one that is not as a
 * beginning; where there is neither, as misspelt, in the ways that are known or that the catalogue has. No choice is left where nothing can fit.
 */
export async function chooseWords(db: Queryable, readings: Reading[]): Promise<WordChoice[]> {
  const known = await findKnown(db, readings.flat());
  const corrected = await Promise.all(
    readings.map(async (reading, index) => (index === 0 || reading.length === 1 ? correct(db, reading, known) : reading)),
  );
  const choices = corrected.flatMap((reading) => combine(reading, known));
  const distinct = [...new Map(choices.map((choice) => [choice.map(nameOf).join(' '), choice])).values()].slice(0, mostChoices);
  const spelt = await Promise.all(distinct.map((choice) => spellOut(db, choice)));
  return spelt.flat();
}

/** A reading in which each word that the catalogue has in no form is taken for misspelt. Adds what it may have been meant to be to the known words. */
async function correct(db: Queryable, reading: Reading, known: Set<string>): Promise<Reading> {
  const isUnknown = (concept: Concept, index: number): boolean =>
    !concept.general && !concept.exact && formsOf(concept, known, index === reading.length - 1).length === 0;
  return Promise.all(
    reading.map(async (concept, index) => {
      if (!isUnknown(concept, index)) return concept;
      const guessed = await findNearWords(db, concept.written[0] ?? '');
      for (const key of guessed) known.add(nameOf({ key, isBeginning: false }));
      return { ...concept, guessed };
    }),
  );
}

/** The combinations of the words by which each concept is known. No more than one of them is a beginning: two would be compared row by row. */
function combine(reading: Reading, known: ReadonlySet<string>): WordChoice[] {
  return reading
    .map((concept, index) => ({ concept, isLast: index === reading.length - 1 }))
    .filter(({ concept }) => !concept.general)
    .reduce<WordChoice[]>(
      (begun, { concept, isLast }) =>
        begun
          .flatMap((choice) => formsOf(concept, known, isLast).map((word) => [...choice, word]))
          .filter((choice) => choice.filter(({ isBeginning }) => isBeginning).length <= 1)
          .slice(0, mostChoices),
      [[]],
    );
}

/**
 * A beginning that is all there is to look for, as the words that it may become, the first ones of very many: of each word one page is
 * read, where the beginning of half the catalogue would have to be sorted.
 */
async function spellOut(db: Queryable, choice: WordChoice): Promise<WordChoice[]> {
  const [word, ...others] = choice;
  if (!word?.isBeginning || others.length > 0) return [choice];
  const like = `${escapeLike(word.key)}%`;
  const rows = await db.query<{ word: string | null }>(
    `WITH RECURSIVE begun (word) AS (
       SELECT MIN(word) FROM concert_words WHERE word LIKE ? ESCAPE '!'
       UNION ALL
       SELECT (SELECT MIN(w.word) FROM concert_words w WHERE w.word > begun.word AND w.word LIKE ? ESCAPE '!') FROM begun WHERE begun.word IS NOT NULL
     ) SELECT word FROM begun WHERE word IS NOT NULL LIMIT ${mostBegun}`,
    [like, like],
  );
  return rows.flatMap((row) => (row.word === null ? [] : [[{ key: row.word, isBeginning: false }]]));
}

function formsOf({ written, begun, guessed }: Concept, known: ReadonlySet<string>, isLast: boolean): Word[] {
  const complete = (forms: string[]): Word[] =>
    forms.map((form) => ({ key: keyOf(form), isBeginning: false })).filter((word) => known.has(nameOf(word)));
  const beginning = { key: keyOf(written[0] ?? ''), isBeginning: true };
  const exact = complete(written);
  if (exact.length > 0) return exact.slice(0, mostForms);
  const mayBegin = isLast || beginning.key.length >= shortestBeginning;
  const unfinished = [...(mayBegin && known.has(nameOf(beginning)) ? [beginning] : []), ...complete(begun)];
  return (unfinished.length > 0 ? unfinished : complete(guessed)).slice(0, mostForms);
}

/** Which of the words, and of what was typed as a beginning, the catalogue has: one look into the key for each. */
async function findKnown(db: Queryable, concepts: Concept[]): Promise<Set<string>> {
  const words = concepts.flatMap(({ written, begun, guessed }): Word[] => [
    { key: keyOf(written[0] ?? ''), isBeginning: true },
    ...[...written, ...begun, ...guessed].map((form) => ({ key: keyOf(form), isBeginning: false })),
  ]);
  const distinct = [...new Map(words.map((word) => [nameOf(word), word])).values()];
  if (distinct.length === 0) return new Set();
  const looks = distinct.map(({ isBeginning }) =>
    isBeginning
      ? `EXISTS (SELECT 1 FROM concert_words WHERE word LIKE ? ESCAPE '!')`
      : 'EXISTS (SELECT 1 FROM concert_words WHERE word = ?)',
  );
  const [row] = await db.query<Record<string, number>>(
    `SELECT ${looks.map((look, index) => `${look} AS w${index}`).join(', ')}`,
    distinct.map(({ key, isBeginning }) => (isBeginning ? `${escapeLike(key)}%` : key)),
  );
  return new Set(distinct.filter((_, index) => row?.[`w${index}`] === 1).map(nameOf));
}

function nameOf({ key, isBeginning }: Word): string {
  return isBeginning ? `${key}*` : key;
}
