import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { buildArguments, contentTag, imageNames, parseImageNames, removeImages, withoutCredentials } from './image-build.ts';

const about = { source: 'https://example.com/ticketing.git', revision: 'abc', version: '1.2.3', epoch: '1700000000' };

function buildArgs(args: readonly string[]): string[] {
  return args.filter((_, index) => args[index - 1] === '--build-arg');
}

describe('images', () => {
  it('are all built unless some are named, in the order of their list', () => {
    expect(parseImageNames([])).toEqual([...imageNames]);
    expect(parseImageNames(['user', 'gateway', 'user'])).toEqual(['gateway', 'user']);
    expect(() => parseImageNames(['user', 'cinema'])).toThrow('there is no image of cinema');
  });

  it('say what they were built from', () => {
    const args = buildArguments('user', 'ticketing/user:dev', about);
    expect(buildArgs(args)).toEqual([
      'SERVICE=user',
      'SOURCE=https://example.com/ticketing.git',
      'REVISION=abc',
      'VERSION=1.2.3',
      'SOURCE_DATE_EPOCH=1700000000',
    ]);
    expect(args).toEqual(expect.arrayContaining(['--tag', 'ticketing/user:dev', '--load']));
  });

  it('leave unsaid what git does not know', () => {
    const args = buildArguments('user', 'ticketing/user:dev', { ...about, source: '', revision: '', epoch: '' });
    expect(buildArgs(args)).toEqual(['SERVICE=user', 'VERSION=1.2.3']);
  });

  it('do not tell how the sources were fetched', () => {
    expect(withoutCredentials('https://me:token@example.com/ticketing.git')).toBe('https://example.com/ticketing.git');
    expect(withoutCredentials('git@example.com:ticketing.git')).toBe('git@example.com:ticketing.git');
  });

  it('are removed by their names and tags: others may push to a registry on the same port', async () => {
    const asked: string[][] = [];
    const docker = (args: string[]) => {
      asked.push(args);
      return Promise.resolve(args[1] === 'ls' ? 'localhost:8095/user dev-1 sha256:1\nlocalhost:8095/queue <none> sha256:2\n' : '');
    };
    expect(await removeImages(docker, 'localhost:8095')).toBe(2);
    expect(asked[0]?.filter((argument) => argument.startsWith('reference='))).toEqual(
      [...imageNames, 'traefik'].flatMap((name) =>
        [`${name}:dev-*`, `${name}@*`, `ticketing_${name}:tilt-*`].map((pattern) => `reference=localhost:8095/${pattern}`),
      ),
    );
    expect(asked[1]).toEqual(['image', 'rm', 'localhost:8095/user:dev-1', 'localhost:8095/queue@sha256:2']);
  });

  it('run on the Node.js that npm scripts run on', () => {
    const base = /^ARG NODE_IMAGE=.*\/node:(\d+\.\d+)-/m;
    const versions = ['deploy/images/Dockerfile', 'deploy/kind/Dockerfile'].map((file) => base.exec(readFileSync(file, 'utf8'))?.[1]);
    const { optionalDependencies } = z
      .object({ optionalDependencies: z.record(z.string(), z.string()) })
      .parse(JSON.parse(readFileSync('package.json', 'utf8')));
    const pinned = Object.values(optionalDependencies).map((version) => version.split('.').slice(0, 2).join('.'));
    expect(new Set([...versions, ...pinned])).toEqual(new Set([versions[0]]));
  });

  it('have a tag of their contents', () => {
    expect(contentTag('user')).toMatch(/^dev-[0-9a-f]{16}$/);
    expect(contentTag('user')).toBe(contentTag('queue'));
  });
});
