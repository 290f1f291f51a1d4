import { describe, expect, it } from '@jest/globals';
import { createHighlighter } from './highlight.ts';
import { readQuery } from './read-query.ts';
import { createThesaurus } from './thesaurus.ts';

const thesaurus = createThesaurus([
  ['콘서트', 'concert'],
  ['아이유', 'iu'],
]);
const texts = { title: '아이유 콘서트 <골든 아워>', artist: '아이유', venue: 'KSPO DOME, 서울', description: 'Tom & Jerry in concert' };
const marked = (q: string) => createHighlighter(readQuery(q, thesaurus))(texts);

describe('a highlighter', () => {
  it('marks words, their synonyms and their beginnings, and nothing else', () => {
    expect(marked('iu 서')).toEqual({
      title: '<mark>아이유</mark> 콘서트 &#60;골든 아워&#62;',
      artist: '<mark>아이유</mark>',
      venue: 'KSPO DOME, <mark>서울</mark>',
      description: '',
    });
  });

  it('makes texts safe', () => {
    expect(marked('concert').description).toBe('Tom &#38; Jerry in <mark>concert</mark>');
  });

  it('marks initials, and words that were written as one', () => {
    expect(marked('ㅇㅇㅇ').artist).toBe('<mark>아이유</mark>');
    expect(marked('아ㅇㅇ').artist).toBe('<mark>아이유</mark>');
    expect(marked('골든아워').title).toBe('아이유 콘서트 &#60;<mark>골든 아워</mark>&#62;');
  });

  it('marks what is almost it, where nothing is it', () => {
    expect(marked('아유이').artist).toBe('<mark>아이유</mark>');
    expect(marked('concrt').description).toBe('Tom &#38; Jerry in <mark>concert</mark>');
    expect(marked('골든마워').title).toBe('아이유 콘서트 &#60;<mark>골든 아워</mark>&#62;');
    expect(marked('jerri').description).toBe('');
  });

  it('shows the surroundings of the first mark in a long text', () => {
    const description = `${'lorem ipsum '.repeat(50)}jazz ${'dolor sit '.repeat(50)}`;
    const found = createHighlighter(readQuery('jazz', thesaurus))({ ...texts, description }).description;
    expect(found).toMatch(/^….*<mark>jazz<\/mark>.*…$/);
    expect(found.length).toBeLessThan(300);
  });

  it('cuts between characters', () => {
    for (const before of ['', '.']) {
      const description = `${'🎸'.repeat(100)}${before} jazz ${'🎸'.repeat(200)}`;
      const found = createHighlighter(readQuery('jazz', thesaurus))({ ...texts, description }).description;
      expect(found).toMatch(/^…(🎸)+\.? <mark>jazz<\/mark> (🎸)+…$/u);
    }
  });
});
