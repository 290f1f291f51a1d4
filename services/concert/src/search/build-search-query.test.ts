import { describe, expect, it } from '@jest/globals';
import { buildSearchQuery } from './build-search-query.ts';
import { readQuery } from './read-query.ts';
import type { SearchQuery } from './search-query.ts';
import type { SearchWay } from './search-way.ts';
import { createThesaurus } from './thesaurus.ts';

const id = '019b2d7c-5a00-7abc-8def-0123456789ab';
const now = new Date('2027-01-01T00:00:00Z');
const everything: SearchQuery = {
  ...{ readings: [], artists: [], cities: [], status: undefined, from: '', to: '', sort: 'relevance', limit: 20, after: undefined },
  now,
};
const thesaurus = createThesaurus([['아이유', 'iu']]);
const looking = (q: string): SearchQuery => ({ ...everything, readings: readQuery(q, thesaurus) });
const byDate = [{ listedOn: { order: 'asc' } }, { id: { order: 'asc' } }];

describe('buildSearchQuery', () => {
  it('lists everything by date, then id, and asks for one more than the limit', () => {
    expect(buildSearchQuery(everything)).toEqual({ query: { bool: { filter: [] } }, sort: byDate, size: 21 });
  });

  it('sorts by relevance, then by date, when there are words and nothing else is asked for', () => {
    const body = buildSearchQuery(looking('아이유 서울'));
    expect(body.sort).toEqual([{ _score: { order: 'desc' } }, ...byDate]);
    expect(body.query?.bool?.must).toHaveLength(1);
    expect(buildSearchQuery({ ...looking('아이유'), sort: 'date' }).sort).toEqual(byDate);
  });

  it('looks for words by meaning, by letters, by beginnings and with typing errors', () => {
    const text = JSON.stringify(buildSearchQuery(looking('아유이'), 'forgiving'));
    expect(text).toContain('{"match_phrase":{"title":"아유이"}}');
    expect(text).toContain('{"term":{"artistKeys.begun":"ㅇㅏㅇㅠㅇㅣ"}}');
    expect(text).toContain('{"fuzzy":{"names":{"value":"아유이","fuzziness":1,');
    expect(text).toContain('{"term":{"artistName":"iu"}}');
  });

  it('does not forgive unless it is asked to', () => {
    expect(JSON.stringify(buildSearchQuery(looking('아유이')))).not.toContain('fuzzy');
  });

  it('takes initials to the letter', () => {
    const text = JSON.stringify(buildSearchQuery(looking('ㅇㅇㅇ'), 'forgiving'));
    expect(text).toContain('{"term":{"artistKeys":"ㅇㅇㅇ"}}');
    expect(text).not.toContain('fuzzy');
    expect(JSON.stringify(buildSearchQuery(looking('ㅇㅇㅇ')))).not.toContain('match_phrase');
  });

  it('takes syllables with initials for the beginning of a whole name', () => {
    const text = JSON.stringify(buildSearchQuery(looking('방탄ㅅㄴ')));
    expect(text).toContain('{"term":{"artistName.begun":"ㅂㅏㅇㅌㅏㄴㅅㄴ"}}');
    expect(text).not.toContain('match_phrase');
    expect(JSON.stringify(buildSearchQuery(looking('방탄')))).not.toContain('Name.begun');
  });

  it('wants all words of a query, and where a part is enough half of them, as whole words of names', () => {
    const text = (q: string, way: SearchWay): string => JSON.stringify(buildSearchQuery(looking(q), way));
    expect(text('아이유 zzyzx', 'spelt')).toContain('"minimum_should_match":"2<75%"');
    expect(text('아이유 zzyzx', 'spelt')).toContain('placeKeys');
    expect(text('아이유 zzyzx', 'partly')).toContain('"minimum_should_match":1');
    expect(text('a1b c1d e1f g1h', 'partly')).toContain('"minimum_should_match":2');
    expect(text('아이유 zzyzx', 'partly')).not.toMatch(/place|venue|description|begun|fuzzy/);
  });

  it('takes no letter and no number for a part that names something', () => {
    expect(JSON.stringify(buildSearchQuery(looking("' OR 1=1"), 'partly'))).toContain('match_none');
    expect(JSON.stringify(buildSearchQuery(looking('iu 1'), 'partly'))).not.toContain('match_none');
  });

  it('takes dates as an overlap: the run ends after from and starts before to', () => {
    const body = buildSearchQuery({ ...everything, artists: ['IU', '아이유'], cities: ['서울'], from: '2027-01-01', to: '2027-01-31' });
    expect(body.query?.bool?.filter).toEqual([
      { terms: { 'artist.whole': ['IU', '아이유'] } },
      { terms: { 'city.whole': ['서울'] } },
      { range: { endsOn: { gte: '2027-01-01' } } },
      { range: { startsOn: { lte: '2027-01-31' } } },
    ]);
  });

  it('decides a status by the time of the search', () => {
    const body = buildSearchQuery({ ...everything, status: 'ON_SALE' });
    expect(body.query?.bool?.filter).toEqual([
      {
        bool: {
          filter: [{ range: { saleOpensAt: { lte: now.toISOString() } } }],
          must_not: [{ range: { lastStartsAt: { lte: now.toISOString() } } }, { term: { cancelled: true } }],
        },
      },
    ]);
  });

  it('goes on after the last item in the order of the list, down to its floor', () => {
    const on = '2027-01-02';
    const dated = buildSearchQuery({ ...everything, after: { by: 'date', on, id } });
    expect([dated.search_after, dated.min_score]).toEqual([[Date.UTC(2027, 0, 2), id], undefined]);
    const ranked = buildSearchQuery({ ...looking('jazz'), after: { by: 'relevance', score: 1.5, on, id, floor: 1 } });
    expect([ranked.search_after, ranked.min_score]).toEqual([[1.5, Date.UTC(2027, 0, 2), id], 1]);
  });

  it('keeps to the date order that SQL began while the index was out', () => {
    expect(buildSearchQuery({ ...looking('jazz'), after: { by: 'date', on: '2027-01-02', id } }).sort).toEqual(byDate);
  });
});
