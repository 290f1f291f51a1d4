import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { profileFolders } from '../local/profile.ts';
import { Progress } from '../local/progress.ts';
import { StepFailure } from '../local/step-failure.ts';
import { traefikVersion } from './traefik-binary.ts';
import { pushTraefikImage } from './traefik-image.ts';

const reference = `localhost:8095/traefik:dev-${traefikVersion}`;
const context = { folders: profileFolders('test'), progress: new Progress({ quiet: true }), signal: new AbortController().signal };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(`${tmpdir()}/ticketing-traefik-`);
});
afterEach(() => rmSync(folder, { recursive: true }));

function build(): Promise<string> {
  mkdirSync(`${folder}/build`);
  writeFileSync(`${folder}/build/traefik`, 'a program', { mode: 0o755 });
  return Promise.resolve(`${folder}/build`);
}

/** Pushes with a Docker that fails at these commands. @returns what it was asked for */
async function push(...failing: string[]): Promise<string[]> {
  const asked: string[] = [];
  const docker = ([command = '', ...args]: string[]): Promise<string> => {
    asked.push(command);
    if (command === 'push') expect(args).toEqual([reference]);
    return failing.includes(command) ? Promise.reject(new StepFailure(`docker ${command} failed`)) : Promise.resolve('');
  };
  expect(await pushTraefikImage(docker, 'localhost:8095', context, build)).toBe(reference);
  return asked;
}

describe('the image of Traefik', () => {
  it('is the official one', async () => {
    expect(await push('image')).toEqual(['image', 'pull', 'tag', 'push']);
  });

  it('is not pulled again', async () => {
    expect(await push()).toEqual(['image', 'push']);
  });

  it('is built where the official one cannot be pulled, and leaves only the build', async () => {
    expect(await push('image', 'pull')).toEqual(['image', 'pull', 'load', 'push']);
    expect(readdirSync(folder)).toEqual(['build']);
  });

  it('is missed aloud where it cannot be built either', async () => {
    const docker = (): Promise<string> => Promise.reject(new StepFailure('no engine'));
    const none = (): Promise<string> => Promise.reject(new StepFailure('go is not installed'));
    await expect(pushTraefikImage(docker, 'localhost:8095', context, none)).rejects.toThrow('go is not installed');
  });
});
