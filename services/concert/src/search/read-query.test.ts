import { describe, expect, it } from '@jest/globals';
import { readQuery } from './read-query.ts';
import { createThesaurus } from './thesaurus.ts';

const thesaurus = createThesaurus([
  ['콘서트', 'concert'],
  ['방탄소년단', 'bts'],
  ['브루노 마스', 'bruno mars'],
  ['부산', 'busan'],
]);

/** What each reading takes for one thing. */
function read(q: string): string[][] {
  return readQuery(q, thesaurus).map((reading) => reading.map(({ written }) => written[0] ?? ''));
}

describe('readQuery', () => {
  it('finds phrases that are known, and words that belong together', () => {
    expect(read('bruno mars london')[0]).toEqual(['brunomars', 'london']);
    expect(read('방탄 소년단')).toContainEqual(['방탄소년단']);
    expect(read('golden hour')).toEqual([['golden', 'hour'], ['goldenhour']]);
  });

  it('wants once what is said twice', () => {
    expect(read('1 or 1')[0]).toEqual(['1', 'or']);
    expect(read('duran duran')).toEqual([['duran'], ['duranduran']]);
  });

  it('parts words that were written as one', () => {
    expect(read('방탄소년단부산')).toContainEqual(['방탄소년단', '부산']);
    expect(read('콘서트홀에서')).toContainEqual(['콘서트', '홀에서']);
  });

  it('gives each concept its synonyms, its guesses and what it may become', () => {
    const [[first] = []] = readQuery('bts', thesaurus);
    expect(first).toEqual({ written: ['bts', '방탄소년단'], begun: [], guessed: [], general: false });
    const [[second] = []] = readQuery('busn', thesaurus);
    expect(second).toMatchObject({ written: ['busn'], guessed: ['busan', '부산'] });
    const [[third] = []] = readQuery('방탄ㅅ', thesaurus);
    expect(third).toMatchObject({ written: ['방탄ㅅ'], begun: ['방탄소년단', 'bts'] });
  });

  it('does not insist on words that every concert has, unless there are no others', () => {
    const general = (q: string): boolean[] => readQuery(q, thesaurus)[0]?.map((concept) => concept.general) ?? [];
    expect(general('bts concert')).toEqual([false, true]);
    expect(general('concert')).toEqual([false]);
    expect(general('bts concrt')).toEqual([false, true]);
  });

  it('reads eight words of a long sentence, and none where there is none', () => {
    expect(read('a1 b1 c1 d1 e1 f1 g1 h1 i1')).toEqual([['a1', 'b1', 'c1', 'd1', 'e1', 'f1', 'g1', 'h1']]);
    expect(read(' %_! ')).toEqual([]);
  });
});
