import { describe, expect, it } from '@jest/globals';
import { buildSearchQuery } from './build-search-query.ts';
import type { SearchQuery } from './search-query.ts';

const id = '019b2d7c-5a00-7abc-8def-0123456789ab';
const everything: SearchQuery = { q: '', artist: '', from: '', to: '', limit: 20, after: undefined };

describe('buildSearchQuery', () => {
  it('lists everything by date, then id, and asks for one more than the limit', () => {
    expect(buildSearchQuery(everything)).toEqual({
      query: { bool: { filter: [] } },
      sort: [{ listedOn: { order: 'asc' } }, { id: { order: 'asc' } }],
      size: 21,
    });
  });

  it('sorts by relevance, then id, when there are words', () => {
    const body = buildSearchQuery({ ...everything, q: '아이유 서울' });
    expect(body.sort).toEqual([{ _score: { order: 'desc' } }, { id: { order: 'asc' } }]);
    expect(body.query?.bool?.must).toHaveLength(1);
  });

  it('looks for the words by meaning, by beginnings and with typing errors', () => {
    const text = JSON.stringify(buildSearchQuery({ ...everything, q: '아유이' }));
    expect(text).toContain('"type":"cross_fields"');
    expect(text).toContain('"names.typing"');
    expect(text).toContain('"fuzziness":"AUTO"');
  });

  it('takes dates as an overlap: the run ends after from and starts before to', () => {
    const body = buildSearchQuery({ ...everything, artist: 'IU', from: '2027-01-01', to: '2027-01-31' });
    expect(body.query?.bool?.filter).toEqual([
      { term: { 'artist.whole': 'IU' } },
      { range: { endsOn: { gte: '2027-01-01' } } },
      { range: { startsOn: { lte: '2027-01-31' } } },
    ]);
  });

  it('goes on after the last item in the order of the list', () => {
    const byDate = buildSearchQuery({ ...everything, after: { by: 'date', on: '2027-01-02', id } });
    expect(byDate.search_after).toEqual([Date.UTC(2027, 0, 2), id]);
    const byRelevance = buildSearchQuery({ ...everything, q: 'jazz', after: { by: 'relevance', score: 1.5, id } });
    expect(byRelevance.search_after).toEqual([1.5, id]);
  });

  it('keeps to the date order that SQL began while the index was out', () => {
    const body = buildSearchQuery({ ...everything, q: 'jazz', after: { by: 'date', on: '2027-01-02', id } });
    expect(body.sort).toEqual([{ listedOn: { order: 'asc' } }, { id: { order: 'asc' } }]);
  });
});
