import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Overloaded } from '@ticketing/common/bulkhead';
import { idToBinary, newId, type Queryable } from '@ticketing/common/database';
import type { SharedCache } from '@ticketing/common/shared-cache';
import type { BoundSearches } from './bound-searches.ts';
import { readQuery } from './read-query.ts';
import type { SearchIndex } from './search-index.ts';
import { createSearchPages } from './search-pages.ts';
import type { FoundPage, SearchQuery } from './search-query.ts';
import { createThesaurus } from './thesaurus.ts';

afterEach(() => {
  jest.restoreAllMocks();
});

const everything: SearchQuery = {
  ...{ readings: [], artists: [], cities: [], status: undefined, from: '', to: '', sort: 'relevance', limit: 20, after: undefined },
  now: new Date('2030-01-01T00:00:00Z'),
};

const looking = (q: string): SearchQuery => ({ ...everything, readings: readQuery(q, createThesaurus([])) });

interface Sources {
  /** Of each description. */
  characters?: number;
  index?: FoundPage;
  shared?: FoundPage;
}

const concertId = newId();
const found: FoundPage = { ids: [concertId], next: undefined };

/** Pages of a catalogue of one concert, how often each source was asked, and what was left for other instances. */
function openPages({ characters = 10, index: inIndex, shared }: Sources = {}) {
  const asked = { catalogue: 0, index: 0 };
  const left: unknown[] = [];
  const questions: string[] = [];
  const id = idToBinary(concertId);
  const row = {
    ...{ id, version: 1, title: 'T', artist: 'A', description: '가'.repeat(characters), popularity: 0, listed_on: '9999-12-31' },
    ...{ venue_id: id, venue_name: 'Hall', city: 'Seoul', time_zone: 'Asia/Seoul' },
    ...{ sale_opens_at: new Date(0), starts_on: null, ends_on: null, last_starts_at: null },
  };
  const query: Queryable['query'] = <T>(sql: string) => {
    if (sql.includes('LIMIT')) asked.catalogue += 1;
    return Promise.resolve([row] as T[]);
  };
  const index: SearchIndex = {
    ask: <T>() => {
      asked.index += 1;
      return Promise.resolve(inIndex as T | undefined);
    },
    work: () => Promise.reject(new Error('none')),
    look: () => Promise.reject(new Error('none')),
    stop: () => undefined,
  };
  const between: SharedCache = {
    find: async (kind, question, make) => {
      questions.push(JSON.stringify(question));
      if (shared) return kind.shape.parse(JSON.parse(JSON.stringify(shared)));
      const value = await make();
      left.push(value);
      return value;
    },
    forget: () => undefined,
  };
  const db: Queryable = { query, execute: () => Promise.resolve(0) };
  const sources = { db, index, shared: between };
  return { asked, left, questions, sources, pages: createSearchPages({ ...sources, bySql: (search) => search() }) };
}

describe('search pages', () => {
  it('are remembered for a second, until they take too much memory', async () => {
    jest.spyOn(performance, 'now').mockReturnValue(1_000_000);
    const { asked, pages } = openPages({ characters: 500_000 });
    const find = (limit: number) => pages.find({ ...everything, limit });
    for (let limit = 1; limit <= 30; limit += 1) await find(limit);
    expect((await find(1)).concerts[0]?.description).toHaveLength(500_000);
    expect(asked.catalogue).toBe(30);
    for (let limit = 31; limit <= 40; limit += 1) await find(limit);
    await find(2);
    expect(asked.catalogue).toBe(41);
  });

  it('answer everybody who asks at once, although only some are remembered', async () => {
    const { pages } = openPages();
    const answers = await Promise.all(Array.from({ length: 700 }, (_, limit) => pages.find({ ...everything, limit: limit + 1 })));
    expect(answers.filter(({ concerts }) => concerts.length === 1)).toHaveLength(700);
  });

  it('never ask the index for lists without words', async () => {
    const { asked, questions, pages } = openPages({ index: found });
    const lists = [everything, { ...everything, artists: ['A'] }, { ...everything, status: 'ON_SALE' as const, from: '2030-01-01' }];
    for (const list of lists) expect(await pages.find(list)).toMatchObject({ concerts: [{ id: concertId }], degraded: false });
    expect({ asked, questions }).toEqual({ asked: { catalogue: 3, index: 0 }, questions: [] });
  });

  it('show what is found in the index as the catalogue has it', async () => {
    const { asked, left, pages } = openPages({ index: found });
    expect(await pages.find(looking('t'))).toMatchObject({
      concerts: [{ title: 'T' }],
      highlights: [{ title: '<mark>T</mark>' }],
      degraded: false,
    });
    expect({ asked, left }).toEqual({ asked: { catalogue: 0, index: 1 }, left: [found] });
  });

  it('show what another instance has found, without asking the index', async () => {
    const next = { by: 'date' as const, on: '2030-01-01', id: concertId };
    const { asked, pages } = openPages({ shared: { ids: [concertId], next } });
    expect(await pages.find(looking('t'))).toMatchObject({ concerts: [{ title: 'T' }], next, degraded: false });
    expect(asked).toEqual({ catalogue: 0, index: 0 });
  });

  it('are SQL’s where the index does not answer, which is left for nobody', async () => {
    const { asked, left, pages } = openPages();
    expect((await pages.find(looking('t'))).degraded).toBe(true);
    expect({ index: asked.index, left }).toEqual({ index: 1, left: [undefined] });
  });

  it('are one question however late it is asked, but by a status, which turns with the time', async () => {
    const { questions, pages } = openPages({ index: found });
    const at = (query: SearchQuery, second: number) => pages.find({ ...query, now: new Date(second * 1_000) });
    for (const second of [1, 2]) await at(looking('t'), second);
    expect(questions).toHaveLength(1);
    for (const second of [1, 1.5, 2]) await at({ ...looking('t'), status: 'ENDED' }, second);
    expect(new Set(questions).size).toBe(3);
  });

  it('throw where SQL has too much to do as well', async () => {
    const busy: BoundSearches = () => Promise.reject(new Overloaded('too many wait'));
    const { db, index, shared } = openPages().sources;
    await expect(createSearchPages({ db, index, shared, bySql: busy }).find(looking('t'))).rejects.toThrow(Overloaded);
  });
});
