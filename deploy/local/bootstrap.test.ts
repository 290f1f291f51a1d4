import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { suitsNode } from './node-version.mjs';
import { repositoryRoot } from './profile.ts';

const engines = z.object({ node: z.string().optional() });
const lockfile = z.object({ packages: z.record(z.string(), z.looseObject({ engines: engines.optional() })) });

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(`${repositoryRoot}${file}`, 'utf8'));
}

const locked = lockfile.parse(readJson('package-lock.json')).packages;
const range = z.object({ engines: engines.required() }).parse(readJson('package.json')).engines.node;

/** The entry of the npm scripts, on a Node.js that says it is another. */
function start(version: string) {
  const pretend = `data:text/javascript,Object.defineProperty(process,'version',{value:'${version}'})`;
  return spawnSync(process.execPath, ['--import', pretend, 'deploy/local/bootstrap.mjs'], { cwd: repositoryRoot, encoding: 'utf8' });
}

/** The packages that npm would not install on this version. */
function refusing(version: string): string[] {
  const packages = Object.entries(locked).filter(([path]) => path !== '');
  return packages.flatMap(([path, entry]) => (suitsNode(version, entry.engines?.node ?? '*') ? [] : [path]));
}

const tooOld = ['v18.20.8', 'v20.18.3', 'v21.7.3', 'v22.12.0', 'v23.11.1', 'v24.10.0'];
const newEnough = ['v20.19.0', 'v20.20.2', 'v22.13.0', 'v24.11.0', 'v25.0.0', 'v26.1.0'];

describe('the range of Node.js', () => {
  it.each(newEnough)('lets %s in, which all packages take', (version) => {
    expect(refusing(version)).toEqual([]);
    expect(start(version).stderr).toMatch(/^usage: /);
  });

  it.each(tooOld)('leaves %s out, in one line that says what to install', (version) => {
    const { status, stderr } = start(version);
    expect(status).toBe(1);
    expect(stderr).toBe(`Node.js ${version} can't run this; install one that is ${range}: https://nodejs.org/en/download\n`);
  });

  it.each(tooOld)('leaves none out without need: one of the packages refuses %s', (version) => {
    expect(refusing(version)).not.toEqual([]);
  });

  it('is the one that the lockfile and the README tell', () => {
    expect(locked['']?.engines?.node).toBe(range);
    expect(readFileSync(`${repositoryRoot}README.md`, 'utf8')).toContain(`Node.js \`${range.replaceAll('.0', '')}\``);
  });
});

describe('a version in a range', () => {
  it.each([
    ['20.19.0', '20 || >=22'],
    ['20.19.0', '>= 10.*'],
    ['20.19.0', '4.x || >=6.0.0'],
    ['14.18.2', '>=16 || 14 >=14.17'],
    ['20.19.0', '^20.12||^22||>=24'],
    ['20.19.0', '*'],
  ])('%s is in %s', (version, wanted) => {
    expect(suitsNode(version, wanted)).toBe(true);
  });

  it.each([
    ['20.9.0', '^20.12||^22||>=24'],
    ['14.16.3', '>=16 || 14 >=14.17'],
    ['21.0.0', '20 || >=22'],
    ['4.19.1', '6.* || 8.* || >= 10.*'],
  ])('%s is not in %s', (version, wanted) => {
    expect(suitsNode(version, wanted)).toBe(false);
  });
});
