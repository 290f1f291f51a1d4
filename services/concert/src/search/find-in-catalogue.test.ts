import { describe, expect, it } from '@jest/globals';
import { idToBinary } from '@ticketing/common/database';
import type { WordChoice } from './choose-words.ts';
import { plainList, wordSearch } from './find-in-catalogue.ts';
import type { SearchQuery } from './search-query.ts';

const id = '019b2d7c-5a00-7abc-8def-0123456789ab';
const everything: SearchQuery = {
  ...{ readings: [], artists: [], cities: [], status: undefined, from: '', to: '', sort: 'relevance', limit: 20, after: undefined },
  now: new Date('2027-01-01T00:00:00Z'),
};
const placeholders = (sql: string): number => sql.split('?').length - 1;
const all = (...choices: WordChoice[]) => ({ choices, inNames: false });
const word = (key: string, isBeginning = false) => ({ key, isBeginning });

describe('plainList', () => {
  it('has no condition for everything but that it is no draft', () => {
    const { sql, values } = plainList(everything);
    expect(sql).toContain("WHERE c.state <> 'DRAFT' ORDER BY c.listed_on, c.id LIMIT 21");
    expect(values).toEqual([]);
  });

  it('never puts text of the caller into the statement', () => {
    const evil = "'; DROP TABLE concerts; --";
    const { sql, values } = plainList(
      { ...everything, artists: [evil], from: evil, to: evil },
      { earliest: evil, venues: [Buffer.from(evil)] },
    );
    expect(sql).not.toContain('DROP');
    expect(placeholders(sql)).toBe(values.length);
  });

  it('goes on after the last item of a list by date, and begins anew where the index had begun by relevance', () => {
    const on = '2027-01-02';
    expect(plainList({ ...everything, after: { by: 'date', on, id } }).values).toEqual([on, on, idToBinary(id)]);
    expect(plainList({ ...everything, after: { by: 'relevance', score: 3, on, id } }).values).toEqual([]);
  });
});

describe('a list of what is over', () => {
  it('ends with tomorrow, or before', () => {
    expect(plainList({ ...everything, status: 'ENDED' }).values).toContain('2027-01-02');
    expect(plainList({ ...everything, status: 'ENDED', to: '2026-06-01' }).values).toContain('2026-06-01');
    expect(plainList({ ...everything, status: 'ENDED', to: '2026-06-01' }).values).not.toContain('2027-01-02');
  });
});

describe('wordSearch', () => {
  it('begins with the earliest date that can fit, and ends with the last one, in the order of the words', () => {
    const { sql, values } = wordSearch(all([word('jazz')]), { ...everything, to: '2027-02-01' }, { earliest: '2026-11-05', venues: [] });
    expect(sql).toContain('w0.listed_on >= ? AND w0.listed_on <= ?');
    expect(values).toEqual(['jazz', '2026-11-05', '2027-02-01']);
  });

  it('asks for every word of a choice, and reads each choice for one page', () => {
    const { sql, values } = wordSearch(all([word('jazz'), word('seoul')], [word('ㅈㅐㅈㅡ')]), everything);
    expect(values).toEqual(['jazz', 'seoul', 'ㅈㅐㅈㅡ']);
    expect(sql.match(/LIMIT 21/g)).toHaveLength(3);
    expect(sql).not.toContain('DISTINCT');
  });

  it('takes wildcards in a beginning for themselves, and a concert once, however many of its words begin so', () => {
    const { sql, values } = wordSearch(all([word('100%_', true)]), everything);
    expect(values).toEqual(['100!%!_%']);
    expect(sql).toContain('SELECT DISTINCT');
  });

  it('filters and goes on like the plain list', () => {
    const { sql, values } = wordSearch(
      all([word('jazz')]),
      {
        ...{ ...everything, artists: ['iu'], cities: ['서울'], status: 'ENDED', from: '2027-01-01', to: '2027-02-01' },
        after: { by: 'date', on: '2027-01-02', id },
      },
      { earliest: '2026-11-05', venues: [idToBinary(id)] },
    );
    expect(placeholders(sql)).toBe(values.length);
  });
});
