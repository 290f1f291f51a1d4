import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { idToBinary, newId, type Queryable } from '@ticketing/common/database';
import { TooManySearches } from './bound-searches.ts';
import type { SearchIndex } from './search-index.ts';
import { createSearchPages, type SearchRoom } from './search-pages.ts';
import type { SearchQuery } from './search-query.ts';

afterEach(() => {
  jest.restoreAllMocks();
});

const everything: SearchQuery = {
  ...{ readings: [], artists: [], cities: [], status: undefined, from: '', to: '', sort: 'relevance', limit: 20, after: undefined },
  now: new Date('2030-01-01T00:00:00Z'),
};

/** A catalogue in which every page has so many characters of descriptions, and how often one was found. */
function catalogue(characters: number, bounds: SearchRoom = { most: 1_000, mostBySql: 1_000 }) {
  const counts = { pages: 0 };
  const id = idToBinary(newId());
  const row = {
    ...{ id, version: 1, title: 'T', artist: 'A', description: '가'.repeat(characters), popularity: 0, listed_on: '9999-12-31' },
    ...{ venue_id: id, venue_name: 'Hall', city: 'Seoul', time_zone: 'Asia/Seoul' },
    ...{ sale_opens_at: new Date(0), starts_on: null, ends_on: null, last_starts_at: null },
  };
  const query: Queryable['query'] = <T>() => Promise.resolve([row] as T[]);
  const ask: SearchIndex['ask'] = () => {
    counts.pages += 1;
    return Promise.resolve(undefined);
  };
  const index: SearchIndex = {
    ask,
    work: () => Promise.reject(new Error('none')),
    look: () => Promise.reject(new Error('none')),
    stop: () => undefined,
  };
  return { counts, pages: createSearchPages({ db: { query, execute: () => Promise.resolve(0) }, index, bounds }) };
}

describe('search pages', () => {
  it('are remembered for a second, until they take too much memory', async () => {
    jest.spyOn(performance, 'now').mockReturnValue(1_000_000);
    const { counts, pages } = catalogue(500_000);
    const find = (limit: number) => pages.find({ ...everything, limit });
    for (let limit = 1; limit <= 30; limit += 1) await find(limit);
    expect((await find(1)).concerts[0]?.description).toHaveLength(500_000);
    expect(counts.pages).toBe(30);
    for (let limit = 31; limit <= 40; limit += 1) await find(limit);
    await find(2);
    expect(counts.pages).toBe(41);
  });

  it('answer everybody who asks at once, although only some are remembered', async () => {
    const { pages } = catalogue(10);
    const answers = await Promise.all(Array.from({ length: 700 }, (_, limit) => pages.find({ ...everything, limit: limit + 1 })));
    expect(answers.filter(({ concerts }) => concerts.length === 1)).toHaveLength(700);
  });

  it.each([
    ['in all', { most: 5, mostBySql: 1_000 }],
    ['by SQL', { most: 1_000, mostBySql: 5 }],
  ])('are found for so many at a time %s; the others are told at once, and there is room again after that', async (_what, bounds) => {
    const { pages } = catalogue(10, bounds);
    const search = (round: number) =>
      Promise.allSettled(Array.from({ length: 20 }, (_, limit) => pages.find({ ...everything, limit: round + limit })));
    for (const round of [100, 200]) {
      const answers = await search(round);
      expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
      for (const answer of answers) if (answer.status === 'rejected') expect(answer.reason).toBeInstanceOf(TooManySearches);
    }
  });
});
