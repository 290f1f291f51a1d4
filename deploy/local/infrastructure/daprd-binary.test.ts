import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { cacheFolder, profileFolders } from '../profile.ts';
import { Progress } from '../progress.ts';
import { StepFailure } from '../step-failure.ts';
import { daprVersion, findDaprd, getFirst } from './daprd-binary.ts';

const components = ['state/redis', 'pubsub/kafka', 'lock/redis', 'configuration/redis', 'secretstores/local/env', 'nameresolution/sqlite'];
const usual = { ...process.env };
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(`${tmpdir()}/ticketing-daprd-`);
  delete process.env['DAPRD'];
});
afterEach(() => {
  process.env = { ...usual };
  rmSync(folder, { recursive: true });
});

/** A program that says it is this version, and has the names of these components in it. */
function writeDaprd(file: string, version = daprVersion, registered = [...components, 'bindings/redis', 'bindings/smtp']): string {
  const names = registered.map((name) => `# github.com/dapr/components-contrib/${name}.New`);
  writeFileSync(file, ['#!/bin/sh', ...names, `echo ${version}`, ''].join('\n'), { mode: 0o755 });
  return file;
}

describe('$DAPRD', () => {
  it('is taken when it has the version and the components', () => {
    const daprd = writeDaprd(`${folder}/daprd`);
    process.env['DAPRD'] = daprd;
    expect(findDaprd()).toBe(daprd);
  });

  it.each([
    ['of another version', '1.17.0', undefined, `is version 1.17.0, needed is ${daprVersion}`],
    ['of fewer components', daprVersion, [...components, 'bindings/smtp'], 'lacks the component bindings.redis'],
  ])('is refused when it is one %s', (_, version, registered, complaint) => {
    process.env['DAPRD'] = writeDaprd(`${folder}/daprd`, version, registered);
    expect(() => findDaprd()).toThrow(`$DAPRD (${folder}/daprd) ${complaint}`);
  });

  it('is refused when it does not run', () => {
    process.env['DAPRD'] = `${folder}/missing`;
    expect(() => findDaprd()).toThrow('does not run');
  });
});

describe('a daprd that is installed', () => {
  it('is taken from ~/.dapr/bin', () => {
    mkdirSync(`${folder}/.dapr/bin`, { recursive: true });
    const daprd = writeDaprd(`${folder}/.dapr/bin/daprd`);
    const script = `import { findDaprd } from '${import.meta.dirname}/daprd-binary.ts'; process.stdout.write(String(findDaprd()));`;
    // A home folder is one of a whole process.
    const args = ['--import', 'tsx', '--conditions=ticketing-source', '--input-type=module', '--eval', script];
    const found = execFileSync(process.execPath, args, { env: { HOME: folder, PATH: '/usr/bin:/bin' }, encoding: 'utf8' });
    expect(found).toBe(daprd);
  });

  it('is taken from the PATH', () => {
    const daprd = writeDaprd(`${folder}/daprd`);
    process.env['PATH'] = `${folder}:${usual['PATH']}`;
    expect(findDaprd()).toBe(daprd);
  });

  it('is passed by when it is one of fewer components', () => {
    const daprd = writeDaprd(`${folder}/daprd`, daprVersion, components);
    process.env['PATH'] = `${folder}:${usual['PATH']}`;
    expect(findDaprd()).not.toBe(daprd);
  });
});

describe('a daprd that has to be got', () => {
  const cacheName = `daprd-test-${process.pid}`;
  afterEach(() => rmSync(`${cacheFolder}/${cacheName}`, { force: true }));

  function listen() {
    const lines: string[] = [];
    const write = (chunk: Buffer, _: string, done: () => void): void => {
      lines.push(chunk.toString());
      done();
    };
    const stream = Object.assign(new Writable({ write }), { isTTY: false });
    return { lines, stream };
  }

  async function get(...attempts: ((target: string) => void)[]) {
    const { lines, stream } = listen();
    const context = {
      folders: profileFolders('test'),
      progress: new Progress({ stream: stream as unknown as NodeJS.WriteStream }),
      signal: new AbortController().signal,
    };
    const sources = attempts.map((attempt, index) => ({
      title: `source ${index}`,
      cacheName,
      get: (_: unknown, target: string) => Promise.resolve(attempt(target)),
    }));
    return { lines, daprd: await getFirst(context, sources) };
  }

  const fail = (reason: string) => () => {
    throw new StepFailure(reason);
  };

  it('comes from the first source that has a good one, and the others are told', async () => {
    const slim = (target: string) => writeDaprd(target, daprVersion, [...components, 'bindings/smtp']);
    const { lines, daprd } = await get(fail('no such image'), slim, (target) => writeDaprd(target), fail('not asked'));
    expect(daprd).toBe(`${cacheFolder}/${cacheName}`);
    expect(lines.filter((line) => line.startsWith('  '))).toEqual([
      '  no such image\n',
      '  this daprd lacks the component bindings.redis\n',
    ]);
  });

  it('is missed with what can be done', async () => {
    const failure = await get(fail('no such image'), fail('no answer')).catch((error: unknown) => error);
    expect(failure).toMatchObject({ message: 'no answer', details: { fix: expect.stringContaining('start Docker') } });
  });
});
