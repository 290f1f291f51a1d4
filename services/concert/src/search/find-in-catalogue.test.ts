import { describe, expect, it } from '@jest/globals';
import { idToBinary } from '@ticketing/common/database';
import { searchConditions } from './find-in-catalogue.ts';
import type { SearchQuery } from './search-query.ts';

const id = '019b2d7c-5a00-7abc-8def-0123456789ab';
const everything: SearchQuery = { q: '', artist: '', from: '', to: '', limit: 20, after: undefined };
const placeholders = (sql: string): number => sql.split('?').length - 1;

describe('searchConditions', () => {
  it('has no condition for a plain list', () => {
    expect(searchConditions(everything)).toEqual({ where: 'TRUE', values: [] });
  });

  it('asks for every word, with its wildcards standing for themselves', () => {
    const { where, values } = searchConditions({ ...everything, q: '  100% _jazz!  night ' });
    expect(values).toEqual(['%100!%%', '%!_jazz!!%', '%night%']);
    expect(placeholders(where)).toBe(3);
  });

  it('never puts text of the caller into the statement', () => {
    const evil = "'; DROP TABLE concerts; --";
    const { where, values } = searchConditions({ ...everything, q: evil, artist: evil, from: evil, to: evil });
    expect(where).not.toContain('DROP');
    expect(placeholders(where)).toBe(values.length);
  });

  it('goes on after the last item of a list by date', () => {
    const { values } = searchConditions({ ...everything, after: { by: 'date', on: '2027-01-02', id } });
    expect(values).toEqual(['2027-01-02', '2027-01-02', idToBinary(id)]);
  });

  it('begins anew where the index had begun by relevance', () => {
    expect(searchConditions({ ...everything, after: { by: 'relevance', score: 3, id } }).values).toEqual([]);
  });
});
