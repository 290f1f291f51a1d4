import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { requireNativeMeans } from '../prerequisites.ts';
import { repositoryRoot } from '../profile.ts';
import { composeImages, dockerProblem } from './docker.ts';
import { copyFromImage } from './images.ts';

const problemHere = dockerProblem();
const usual = process.env['PATH'];
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(`${tmpdir()}/ticketing-docker-`);
});
afterEach(() => {
  process.env['PATH'] = usual;
  rmSync(folder, { recursive: true });
});

describe('a machine', () => {
  it.each([
    [undefined, 'Docker is not installed'],
    ['false', 'no Docker engine answers'],
    ['[ "$1" = info ]', "Docker's plugin compose is not installed"],
    ['true', undefined],
  ])('where docker does %j: %j', (does, problem) => {
    if (does !== undefined) writeFileSync(`${folder}/docker`, `#!/bin/sh\n${does}\n`, { mode: 0o755 });
    process.env['PATH'] = folder;
    expect(dockerProblem()).toBe(problem);
  });

  it('without Docker and without what takes its place is told in one line what to install', () => {
    process.env['PATH'] = folder;
    expect(() => requireNativeMeans('Docker is not installed')).toThrow(
      /^Docker is not installed: install Docker with its plugin compose, https:\S+, or, to do without, .*redis-server.*$/,
    );
  });
});

describe('the compose file', () => {
  it('names the images of the chart', () => {
    const part = z.object({ image: z.string() });
    const values = z
      .object({ mysql: part, redis: part, kafka: part })
      .parse(parse(readFileSync(`${repositoryRoot}charts/ticketing-infra/values.yaml`, 'utf8')));
    const inChart = Object.values(values).map(({ image }) => image.replace(/^docker\.io\/(library\/)?/, ''));
    expect(composeImages().sort()).toEqual(inChart.sort());
  });
});

if (problemHere !== undefined) process.stderr.write(`not tested that a program comes out of an image: ${problemHere}\n`);
const whereDocker = problemHere === undefined ? it : it.skip;

describe('an image', () => {
  whereDocker('gives a program, leaves no container, and need not have a command', async () => {
    const image = `ticketing-test:${process.pid}`;
    writeFileSync(`${folder}/program`, 'content');
    execFileSync('tar', ['-cf', `${folder}/image.tar`, '-C', folder, 'program']);
    execFileSync('docker', ['import', `${folder}/image.tar`, image]);
    const log = `${folder}/log`;
    try {
      await copyFromImage(image, '/program', `${folder}/copy`, { log, signal: undefined });
      expect(readFileSync(`${folder}/copy`, 'utf8')).toBe('content');
      await expect(copyFromImage(image, '/missing', `${folder}/copy`, { log, signal: undefined })).rejects.toThrow('/missing');
      expect(execFileSync('docker', ['ps', '--all', '--quiet', '--filter', `ancestor=${image}`], { encoding: 'utf8' })).toBe('');
    } finally {
      execFileSync('docker', ['image', 'rm', image]);
    }
  });
});
