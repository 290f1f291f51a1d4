import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { repositoryRoot } from '../../profile.ts';
import { allCases } from './all-cases.ts';
import { replaceOnce } from './build-mutant.ts';
import { crashPoints } from './crash-cases.ts';
import { mutants } from './mutants.ts';

describe('the faults', () => {
  it('have names of their own, and are at least forty', () => {
    const names = allCases.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThanOrEqual(40);
  });

  it('come by every point that the services name', () => {
    const files = readdirSync(`${repositoryRoot}services`, { recursive: true, encoding: 'utf8' }).filter(
      (file) => file.includes('/src/') && file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.includes('node_modules'),
    );
    const named = files.flatMap((file) =>
      [...readFileSync(`${repositoryRoot}services/${file}`, 'utf8').matchAll(/crashPoint\('([^']+)'\)/g)].map(([, point]) => point),
    );
    const tried = new Set(Object.values(crashPoints).flatMap((points) => points.map(({ point }) => point)));
    expect(new Set(named)).toEqual(tried);
  });
});

describe('a mutation', () => {
  it('is found out by a fault that there is', () => {
    const names = allCases.map(({ name }) => name);
    for (const { cases } of mutants) for (const name of cases) expect(names).toContain(name);
    expect(mutants.length).toBeGreaterThanOrEqual(8);
  });

  it('replaces a text that is there once, and fails when it is not', () => {
    const change = { file: 'f', text: 'guard', replacement: 'nothing' };
    expect(replaceOnce('a guard here', change)).toBe('a nothing here');
    expect(() => replaceOnce('no such thing', change)).toThrow('f has 0 times');
    expect(() => replaceOnce('guard guard', change)).toThrow('f has 2 times');
  });
});
