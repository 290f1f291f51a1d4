import { describe, expect, it } from '@jest/globals';
import { createThesaurus } from './thesaurus.ts';

const thesaurus = createThesaurus([
  ['콘서트', 'concert', '공연'],
  ['브루노 마스', 'Bruno Mars'],
  ['아이유', 'IU'],
  ['서울', 'Seoul'],
]);

describe('a thesaurus', () => {
  it('knows what a word means, whatever its case, spacing and particle', () => {
    expect(thesaurus.meanings('concert')).toEqual(['concert', '콘서트', '공연']);
    expect(thesaurus.meanings('brunomars')).toEqual(['brunomars', '브루노마스']);
    expect(thesaurus.meanings('콘서트를')).toContain('concert');
    expect(thesaurus.meanings('opera')).toBeUndefined();
    expect(thesaurus.longestPhrase).toBe(2);
  });

  it('knows English plurals', () => {
    const music = createThesaurus([
      ['symphony', '심포니'],
      ['orchestra', '오케스트라'],
      ['chorus', '합창'],
    ]);
    expect(['symphonies', 'orchestras', 'choruses'].map((word) => music.meanings(word)?.[1])).toEqual(['심포니', '오케스트라', '합창']);
    expect(music.meanings('orchestrass')).toBeUndefined();
  });

  it('joins the meanings of a word that stands in several groups', () => {
    expect(
      createThesaurus([
        ['a1', 'b1'],
        ['a1', 'c1'],
      ]).meanings('a1'),
    ).toEqual(['a1', 'b1', 'c1']);
  });

  it('knows no more than two dozen meanings of a word, however many groups share it', () => {
    const hub = createThesaurus(Array.from({ length: 100 }, (_, index) => ['concert', `band${index}`]));
    expect(hub.meanings('concert')).toHaveLength(24);
    expect(hub.meanings('concert')?.[0]).toBe('concert');
    expect(hub.meanings('band99')).toEqual(['band99', 'concert']);
  });

  it('guesses what was misspelt, in letters and in syllables', () => {
    expect(thesaurus.guesses('concrt')).toEqual(['concert', '콘서트', '공연']);
    expect(thesaurus.guesses('아유이')).toEqual(['아이유', 'iu']);
    expect(thesaurus.guesses('콘써트')).toContain('concert');
    expect(thesaurus.guesses('iv')).toEqual([]);
    expect(thesaurus.guesses('something')).toEqual([]);
  });

  it('guesses what initials, swapped or doubled letters of a short word, and keys of the other layout may mean', () => {
    expect(thesaurus.guesses('ㅋㅅㅌ')).toEqual(['콘서트', 'concert', '공연']);
    expect(thesaurus.guesses('ㅇㅇ')).toEqual([]);
    expect(thesaurus.guesses('iuu')).toEqual(['iu', '아이유']);
    expect(thesaurus.guesses('ius')).toEqual([]);
    expect(thesaurus.guesses('dkdldb')).toEqual(['아이유', 'iu']);
    expect(thesaurus.guesses('ㅑㅕ')).toEqual(['iu', '아이유']);
  });

  it('guesses longer names of which two syllables were typed, where nothing is nearer', () => {
    const names = createThesaurus([
      ['올림픽공원', 'olympic park'],
      ['데이식스', 'day6'],
      ['예술', 'art'],
    ]);
    expect(names.guesses('올공')).toEqual(['올림픽공원', 'olympicpark']);
    expect(names.guesses('데식')).toEqual(['데이식스', 'day6']);
    expect(names.guesses('공올')).toEqual([]);
    expect(names.guesses('데이')).toEqual([]);
  });

  it('guesses names whose tense letters were typed without Shift in the other layout', () => {
    expect(
      createThesaurus([
        ['싸이', 'psy'],
        ['볼빨간사춘기', 'bol4'],
      ]).guesses('qhfqkfrkstkcnsrl'),
    ).toEqual(['볼빨간사춘기', 'bol4']);
  });

  it('completes no more than a dozen ways', () => {
    const many = createThesaurus(Array.from({ length: 40 }, (_, index) => [`band${index}`, `밴드${index}`]));
    expect(many.completions('ban')).toHaveLength(12);
  });

  it('completes what is being typed', () => {
    expect(thesaurus.completions('bruno')).toEqual(['brunomars', '브루노마스']);
    expect(thesaurus.completions('아ㅇ')).toEqual(['아이유', 'iu']);
    expect(thesaurus.completions('b')).toEqual([]);
  });

  it('tells how a name is spelt elsewhere', () => {
    expect(thesaurus.spellings('seoul')).toEqual(['seoul', '서울', 'Seoul']);
    expect(thesaurus.spellings('Paris')).toEqual(['Paris']);
  });
});
