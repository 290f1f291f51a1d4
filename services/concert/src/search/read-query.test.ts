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
    expect(read('bts부산콘서트')).toContainEqual(['bts', '부산', '콘서트']);
  });

  it('gives each concept its synonyms, its guesses and what it may become', () => {
    const [[first] = []] = readQuery('bts', thesaurus);
    expect(first).toEqual({ written: ['bts', '방탄소년단'], begun: [], guessed: [], exact: true, general: false });
    const [[second] = []] = readQuery('busn', thesaurus);
    expect(second).toMatchObject({ written: ['busn'], guessed: ['busan', '부산', 'ㅠㅕㄴㅜ'] });
    const [[third] = []] = readQuery('방탄ㅅ', thesaurus);
    expect(third).toMatchObject({ written: ['방탄ㅅ'], begun: ['방탄소년단', 'bts'] });
    const [[fourth] = []] = readQuery('방탄소녀단의', thesaurus);
    expect(fourth).toMatchObject({ written: ['방탄소녀단의', '방탄소녀단'], guessed: ['방탄소년단', 'bts', 'qkdxksthsueksdml'] });
  });

  it('completes the last word alone', () => {
    const begun = (q: string): string[][] => readQuery(q, thesaurus)[0]?.map((concept) => concept.begun) ?? [];
    expect(begun('방탄ㅅ bus')).toEqual([[], ['busan', '부산']]);
  });

  it('does not insist on words that every concert has, unless there are no others', () => {
    const general = (q: string): boolean[] => readQuery(q, thesaurus)[0]?.map((concept) => concept.general) ?? [];
    expect(general('bts concert')).toEqual([false, true]);
    expect(general('concert')).toEqual([false]);
    expect(general('bts concrt')).toEqual([false, true]);
    expect(general('bts 일정')).toEqual([false, true]);
  });

  it('does not insist on months, years and days, and knows which month it is', () => {
    const known = (q: string) => readQuery(q, thesaurus)[0]?.map(({ general, month }) => [general, month]);
    expect(known('12월 부산 2027')).toEqual([
      [true, 12],
      [false, undefined],
      [true, undefined],
    ]);
    expect(known('bts 3월에')).toEqual([
      [false, undefined],
      [true, 3],
    ]);
    expect(known('may')).toEqual([[false, 5]]);
    expect(known('bts 13월')?.[1]).toEqual([false, undefined]);
  });

  it('does not take a word for misspelt to which one was joined that tells nothing', () => {
    const joined = readQuery('iu 콘서트', thesaurus)[1];
    expect(joined).toMatchObject([{ written: ['iu콘서트'], guessed: [], exact: true, general: false }]);
    const [, other] = readQuery('방탄 소녀단', thesaurus);
    expect(other).toMatchObject([{ written: ['방탄소녀단'], guessed: ['방탄소년단', 'bts', 'qkdxksthsueks'], exact: false }]);
  });

  it('does not insist on a last word that may still become one of them', () => {
    const general = (q: string): boolean[] => readQuery(q, thesaurus)[0]?.map((concept) => concept.general) ?? [];
    expect(general('bts conc')).toEqual([false, true]);
    expect(general('bts 콘ㅅ')).toEqual([false, true]);
    expect(general('conc bts')).toEqual([false, false]);
    expect(general('bts co')).toEqual([false, false]);
  });

  it('reads eight words of a long sentence, and none where there is none', () => {
    expect(read('a1 b1 c1 d1 e1 f1 g1 h1 i1')).toEqual([['a1', 'b1', 'c1', 'd1', 'e1', 'f1', 'g1', 'h1']]);
    expect(read(' %_! ')).toEqual([]);
  });
});
