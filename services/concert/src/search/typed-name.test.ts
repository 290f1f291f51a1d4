import { describe, expect, it } from '@jest/globals';
import { createThesaurus } from './thesaurus.ts';
import { readTypedName } from './typed-name.ts';

const thesaurus = createThesaurus([
  ['아이유', 'IU'],
  ['브루노 마스', 'Bruno Mars'],
]);

describe('readTypedName', () => {
  it('knows what a name is called, and what one that has begun may become', () => {
    expect(readTypedName('i U', thesaurus)).toEqual({ word: 'iu', meanings: ['아이유'] });
    expect(readTypedName('브루', thesaurus)).toEqual({ word: '브루', meanings: ['브루노마스', 'brunomars'] });
  });

  it('guesses where it knows nothing', () => {
    expect(readTypedName('아유이', thesaurus)).toEqual({ word: '아유이', meanings: ['아이유', 'iu'] });
    expect(readTypedName('dkdldb', thesaurus).meanings).toEqual(['아이유', 'iu']);
    expect(readTypedName('something', thesaurus).meanings).toEqual([]);
  });
});
