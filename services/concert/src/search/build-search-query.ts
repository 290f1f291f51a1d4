import type { estypes } from '@elastic/elasticsearch';
import { endsInInitials, isInitials } from './hangul.ts';
import { type Concept, mayBeMisspelt, type Reading, type WordKind } from './read-query.ts';
import type { SearchQuery } from './search-query.ts';
import type { SearchWay } from './search-way.ts';
import { keyOf } from './search-words.ts';
import { mistakesIn } from './thesaurus.ts';

type Query = NonNullable<estypes.SearchRequest['query']>;

/**
 * What a match is worth, by where and how the word was found. Constants instead of word statistics: the order is the same in every
 * copy of the index and stays while somebody walks from page to page.
 */
const worth = {
  artist: { name: 120, word: 100, meaning: 70, beginning: 60 },
  title: { name: 90, word: 60, meaning: 50, beginning: 40 },
  place: { word: 50, meaning: 35, beginning: 30 },
  description: { meaning: 20 },
  month: 40,
  /** At most: it is less by the share of the letters that are wrong. */
  typo: { letters: 8, syllables: 9 },
};

/** A guess is as good as a typing error, a known word that is still being typed as a beginning. */
const guessWorth = 0.06;
const begunWorth = 0.5;
const synonymWorth = 0.95;
const generalWorth = 0.1;

/** Where something was found that is spelt as it was typed, typing errors have no place in the list, nor are they looked for. */
export const goodScore = 15;

/**
 * The order and the page of a search: one hit more than the limit, which tells whether there is another page.
 * @param way how words are looked for
 */
export function buildSearchQuery(
  query: SearchQuery,
  way: SearchWay = 'spelt',
): Pick<estypes.SearchRequest, 'query' | 'sort' | 'search_after' | 'size' | 'min_score'> {
  const { after, limit } = query;
  const byRelevance = isByRelevance(query);
  const byDate = [{ listedOn: { order: 'asc' as const } }, { id: { order: 'asc' as const } }];
  const position = after && [Date.parse(after.on), after.id];
  return {
    query: matchQuery(query, way),
    sort: byRelevance ? [{ _score: { order: 'desc' } }, ...byDate] : byDate,
    ...(position && { search_after: after.by === 'relevance' ? [after.score, ...position] : position }),
    ...(after?.floor !== undefined && { min_score: after.floor }),
    size: limit + 1,
  };
}

/** A list that was begun by date, because the index was out, goes on by date. */
export function isByRelevance({ after, readings, sort }: SearchQuery): boolean {
  return after ? after.by === 'relevance' : readings.length > 0 && sort === 'relevance';
}

/** Concerts that fit. @param way how words are looked for */
function matchQuery(query: SearchQuery, way: SearchWay = 'spelt'): Query {
  const { readings, now } = query;
  const queries = readings.map((reading, index) => readingQuery(reading, isWholeReading(index, readings) ? way : 'spelt', now));
  const words = readings.length === 0 ? {} : { must: [{ dis_max: { queries } }] };
  return { bool: { ...words, filter: filters(query) } };
}

// Readings that differ in one word share the others; as typed, as one word and as parts of the only one, they are different throughout.
function isWholeReading(index: number, readings: Reading[]): boolean {
  return index === 0 || readings[index]?.length === 1 || readings[0]?.length === 1;
}

/** All concepts of a reading, of a longer one three quarters; or half of them, as names. The score is the average of its concepts. */
function readingQuery(reading: Reading, way: SearchWay, now: Date): Query {
  const wanted = reading.filter(({ general }) => !general);
  const general = reading.filter((concept) => concept.general);
  const fits = way === 'partly' ? partQuery(wanted) : allQuery(wanted, way === 'forgiving');
  const months = general.flatMap(({ month }) => (month === undefined ? [] : [monthQuery(month, now)]));
  return { bool: { must: [fits], should: [...general.map((concept) => conceptQuery(concept, generalWorth, false)), ...months] } };
}

/** Concerts that run in a month of this year or of those beside it. @param month 1 to 12 */
function monthQuery(month: number, now: Date): Query {
  const firstOf = (year: number, index: number): string => new Date(Date.UTC(year, index, 1)).toISOString().slice(0, 10);
  const years = [-1, 0, 1].map((step) => now.getUTCFullYear() + step);
  const runs = years.map((year) => ({
    bool: { filter: [{ range: { endsOn: { gte: firstOf(year, month - 1) } } }, { range: { startsOn: { lt: firstOf(year, month) } } }] },
  }));
  return constant({ bool: { should: runs } }, worth.month);
}

function allQuery(wanted: Concept[], forgiving: boolean): Query {
  const should = wanted.map((concept) => conceptQuery(concept, 1 / wanted.length, forgiving));
  return { bool: { should, minimum_should_match: '2<75%' } };
}

// A letter or a number alone does not name anything.
const shortestName = 3;

/** Half of the concepts, as whole words of artists and titles. */
function partQuery(wanted: Concept[]): Query {
  const naming = wanted.filter(({ written }) => written.length > 1 || keyOf(written[0] ?? '').length >= shortestName);
  if (naming.length === 0) return { match_none: {} };
  const weight = 1 / wanted.length;
  const should = naming.map(({ written }) => ({
    dis_max: { queries: written.flatMap((word) => nameQueries(word, weight)), tie_breaker: tie },
  }));
  return { bool: { should, minimum_should_match: Math.max(1, Math.floor(wanted.length / 2)) } };
}

// What fits in several ways is a little better than what fits in one.
const tie = 0.02;

function conceptQuery(concept: Concept, weight: number, forgiving: boolean): Query {
  const { written, begun, guessed, kind } = concept;
  const [typed = '', ...synonyms] = written;
  const queries = [
    ...wordQueries(typed, weight, weight * meaningShare(kind, forgiving)),
    ...(forgiving && mayBeMisspelt(concept) ? typoQueries(typed, weight) : []),
    ...synonyms.flatMap((word) => wordQueries(word, weight * synonymWorth)),
    ...begun.flatMap((word) => wordQueries(word, weight * begunWorth)),
    ...(forgiving ? guessed.flatMap((word) => wordQueries(word, weight * guessWorth)) : []),
  ];
  return { dis_max: { queries, tie_breaker: tie } };
}

/** What is nearly a known word is cut into roots by chance as easily as for a reason. */
function meaningShare(kind: WordKind, forgiving: boolean): number {
  if (kind === 'joined') return 0;
  if (kind === 'doubtful') return forgiving ? guessWorth : 0;
  return 1;
}

/** A word or a beginning wherever it may stand. @param meaning what the weight of its roots is; with 0 they are not looked for */
function wordQueries(word: string, weight: number, meaning = weight): Query[] {
  const key = keyOf(word);
  const { artist, title, place, description } = worth;
  const byKey = [
    constant({ term: { placeKeys: key } }, place.word * weight),
    constant({ term: { 'artistKeys.begun': key } }, artist.beginning * weight),
    constant({ term: { 'titleKeys.begun': key } }, title.beginning * weight),
    constant({ term: { 'placeKeys.begun': key } }, place.beginning * weight),
  ];
  // Only whole names are kept as syllables with initials.
  const byShortName = [
    constant({ term: { 'artistName.begun': key } }, artist.beginning * weight),
    constant({ term: { 'titleName.begun': key } }, title.beginning * weight),
  ];
  const byMeaning = [
    constant({ bool: { should: [phrase('venue', word), phrase('city', word)] } }, place.meaning * meaning),
    constant(phrase('description', word), description.meaning * meaning),
  ];
  const hasMeaning = meaning > 0 && hasRoots(word);
  return [...nameQueries(word, weight, meaning), ...byKey, ...(endsInInitials(word) ? byShortName : []), ...(hasMeaning ? byMeaning : [])];
}

/** A word in the name of an artist or a concert. */
function nameQueries(word: string, weight: number, meaning = weight): Query[] {
  const key = keyOf(word);
  const { artist, title } = worth;
  const byKey = [
    constant({ term: { artistName: key } }, artist.name * weight),
    constant({ term: { titleName: key } }, title.name * weight),
    constant({ term: { artistKeys: key } }, artist.word * weight),
    constant({ term: { titleKeys: key } }, title.word * weight),
  ];
  const byMeaning = [constant(phrase('artist', word), artist.meaning * meaning), constant(phrase('title', word), title.meaning * meaning)];
  return [...byKey, ...(meaning > 0 && hasRoots(word) ? byMeaning : [])];
}

// The Korean tokenizer drops initials, and would find what is left.
function hasRoots(word: string): boolean {
  return !isInitials(word) && !endsInInitials(word);
}

function phrase(field: string, word: string): Query {
  return { match_phrase: { [field]: word } };
}

const shortestSwap = 3;

// Two queries for each word and no more: Elasticsearch needs megabytes for each of them.
function typoQueries(word: string, weight: number): Query[] {
  const most = mistakesIn(word);
  if (most === 0) return [];
  const { letters, syllables } = worth.typo;
  const fuzzy = (field: string, value: string, fuzziness: number, boost: number): Query => ({
    // This rewrite scores by the likeness of the words alone.
    fuzzy: { [field]: { value, fuzziness, prefix_length: fuzziness - 1, rewrite: 'top_terms_boost_50', boost } },
  });
  return [
    fuzzy('nameKeys', keyOf(word), most, letters * weight),
    ...(word.length >= shortestSwap ? [fuzzy('names', word, 1, syllables * weight)] : []),
  ];
}

function constant(filter: Query, boost: number): Query {
  return { constant_score: { filter, boost } };
}

function filters({ artists, cities, status, from, to, now }: SearchQuery): Query[] {
  const at = now.toISOString();
  const ended = { range: { lastStartsAt: { lte: at } } };
  const cancelled = { term: { cancelled: true } };
  const opened = { range: { saleOpensAt: { lte: at } } };
  const byStatus: Record<NonNullable<typeof status>, Query> = {
    ENDED: { bool: { filter: [ended], must_not: [cancelled] } },
    ON_SALE: { bool: { filter: [opened], must_not: [ended, cancelled] } },
    SCHEDULED: { bool: { must_not: [opened, ended, cancelled] } },
    CANCELLED: cancelled,
  };
  return [
    ...(artists.length === 0 ? [] : [{ terms: { 'artist.whole': artists } }]),
    ...(cities.length === 0 ? [] : [{ terms: { 'city.whole': cities } }]),
    ...(status === undefined ? [] : [byStatus[status]]),
    ...(from === '' ? [] : [{ range: { endsOn: { gte: from } } }]),
    ...(to === '' ? [] : [{ range: { startsOn: { lte: to } } }]),
  ];
}
