import type { Queryable } from '@ticketing/common/database';
import { escapeLike } from './like-pattern.ts';
import { findNames, findNearWords } from './near-words.ts';
import { type Concept, mayBeMisspelt, type Reading } from './read-query.ts';
import { keyOf } from './search-words.ts';

/** A word that the catalogue has, or the beginning of some. */
export interface Word {
  key: string;
  isBeginning: boolean;
}

/** Words that a concert must have all of. */
export type WordChoice = Word[];

export interface ChosenWords {
  choices: WordChoice[];
  /** True where they are only a part of what was asked for: they must then stand in the names of artists and concerts. */
  inNames: boolean;
}

// Ways to write a concept, combinations of them, and words with one beginning that one search looks for.
const mostForms = 4;
const mostChoices = 12;
const mostBegun = 40;
// Of a word that others follow: whoever goes on to the next has typed it.
const shortestBeginning = 3;
// A letter or a number alone does not name anything.
const shortestName = 3;

/**
 * Turns the readings of a query into words that the catalogue has. A word that is complete is taken as it is, one that is not as a
 * beginning; where there is neither, as what it is known to be meant for. Where no reading fits so, words are corrected to what the catalogue has,
 * and where none fits then, half of the words that were typed are enough, as names. No choice is left where nothing can fit.
 */
export async function chooseWords(db: Queryable, readings: Reading[]): Promise<ChosenWords> {
  const known = await findKnown(db, readings.flat());
  const fitting = readings.flatMap((reading) => combine(reading, known));
  const choices = fitting.length > 0 ? fitting : await chooseCorrected(db, readings, known);
  if (choices.length === 0) return { choices: await choosePart(db, readings[0] ?? []), inNames: true };
  const distinct = [...new Map(choices.map((choice) => [choice.map(nameOf).join(' '), choice])).values()].slice(0, mostChoices);
  const spelt = await Promise.all(distinct.map((choice) => spellOut(db, choice)));
  return { choices: spelt.flat(), inNames: false };
}

async function chooseCorrected(db: Queryable, readings: Reading[], known: Set<string>): Promise<WordChoice[]> {
  const whole = readings.filter((reading, index) => index === 0 || reading.length === 1);
  const corrected = await Promise.all(whole.map((reading) => correct(db, reading, known)));
  return corrected.flatMap((reading) => combine(reading, known));
}

/** The words that stand in names, if they are half of what was typed. */
async function choosePart(db: Queryable, reading: Reading): Promise<WordChoice[]> {
  const wanted = reading.filter(({ general }) => !general);
  if (reading.length === 1) return [];
  const naming = wanted.filter(({ written }) => written.length > 1 || keyOf(written[0] ?? '').length >= shortestName);
  const names = await findNames(db, [...new Set(naming.flatMap(({ written }) => written.map(keyOf)))]);
  const found = naming.map((concept) => ({ ...concept, written: concept.written.filter((word) => names.has(keyOf(word))) }));
  const part = found.filter(({ written }) => written.length > 0);
  const isEnough = part.length >= Math.max(1, Math.floor(wanted.length / 2));
  return isEnough ? combine(part, names).filter((choice) => choice.every(({ isBeginning }) => !isBeginning)) : [];
}

/** A reading in which each word that the catalogue has in no form is taken for misspelt. Adds what it may have been meant to be to the known words. */
async function correct(db: Queryable, reading: Reading, known: Set<string>): Promise<Reading> {
  const isUnknown = (concept: Concept, index: number): boolean =>
    !concept.general &&
    mayBeMisspelt(concept) &&
    formsOf(concept, known, { isLast: index === reading.length - 1, isAlone: false }).length === 0;
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
  const isAlone = reading.filter(({ general }) => !general).length === 1;
  return reading
    .map((concept, index) => ({ concept, isLast: index === reading.length - 1 }))
    .filter(({ concept }) => !concept.general)
    .reduce<WordChoice[]>(
      (begun, { concept, isLast }) =>
        begun
          .flatMap((choice) => formsOf(concept, known, { isLast, isAlone }).map((word) => [...choice, word]))
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

/** @param where isLast: it may still be being typed; isAlone: nothing else is asked for */
function formsOf(
  { written, begun, guessed, kind }: Concept,
  known: ReadonlySet<string>,
  { isLast, isAlone }: { isLast: boolean; isAlone: boolean },
): Word[] {
  const complete = (forms: string[]): Word[] =>
    forms.map((form) => ({ key: keyOf(form), isBeginning: false })).filter((word) => known.has(nameOf(word)));
  const beginning = { key: keyOf(written[0] ?? ''), isBeginning: true };
  const exact = complete(written).slice(0, mostForms);
  // 아이 is a word, and what 아이유 begins with.
  if (exact.length > 0) return isLast && isAlone && kind !== 'known' ? [...exact, beginning] : exact;
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
