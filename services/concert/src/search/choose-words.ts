import type { Queryable } from '@ticketing/common/database';
import { escapeLike } from './like-pattern.ts';
import type { Concept, Reading } from './read-query.ts';
import { keyOf } from './search-words.ts';

/** A word that the catalogue has, or the beginning of some. */
export interface Word {
  key: string;
  isBeginning: boolean;
}

/** Words that a concert must have all of. */
export type WordChoice = Word[];

// Ways to write a concept, and combinations of them, that one search looks for.
const mostForms = 4;
const mostChoices = 12;

/**
 * Turns the readings of a query into words that the catalogue has. A word that is complete is taken as it is, one that is not as a
 * beginning; where there is neither, as misspelt. No choice is left where nothing can fit.
 */
export async function chooseWords(db: Queryable, readings: Reading[]): Promise<WordChoice[]> {
  const wanted = readings.map((reading) => reading.filter(({ general }) => !general));
  const known = await findKnown(db, wanted.flat());
  const choices = wanted.flatMap((concepts) =>
    concepts.reduce<WordChoice[]>(
      (begun, concept) => begun.flatMap((choice) => formsOf(concept, known).map((word) => [...choice, word])).slice(0, mostChoices),
      [[]],
    ),
  );
  return [...new Map(choices.map((choice) => [choice.map(nameOf).join(' '), choice])).values()].slice(0, mostChoices);
}

function formsOf({ written, begun, guessed }: Concept, known: ReadonlySet<string>): Word[] {
  const complete = (forms: string[]): Word[] =>
    forms.map((form) => ({ key: keyOf(form), isBeginning: false })).filter((word) => known.has(nameOf(word)));
  const beginning = { key: keyOf(written[0] ?? ''), isBeginning: true };
  const exact = complete(written);
  if (exact.length > 0) return exact.slice(0, mostForms);
  const unfinished = [...(known.has(nameOf(beginning)) ? [beginning] : []), ...complete(begun)];
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
