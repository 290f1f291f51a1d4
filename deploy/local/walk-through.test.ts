import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { repositoryRoot } from './profile.ts';
import { walkThrough } from './walk-through.ts';

describe('walkThrough', () => {
  it('is what the README shows', () => {
    const readme = readFileSync(`${repositoryRoot}README.md`, 'utf8');
    expect(readme).toContain(walkThrough('http://127.0.0.1:8080'));
  });
});
