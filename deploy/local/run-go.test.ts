import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { repositoryRoot } from './profile.ts';
import { canRunGo, runGo } from './run-go.ts';

const usual = process.env['PATH'];
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(`${tmpdir()}/ticketing-go-`);
  process.env['PATH'] = folder;
});
afterEach(() => {
  process.env['PATH'] = usual;
  rmSync(folder, { recursive: true });
});

/** Lets the machine have a program of this name that writes down what it is asked for. */
function pretend(name: string): void {
  writeFileSync(`${folder}/${name}`, `#!/bin/sh\necho "\${0##*/} $*" >> ${folder}/calls\n`, { mode: 0o755 });
}

async function build(): Promise<string[]> {
  await runGo(['build', '.'], { cwd: repositoryRoot, log: `${folder}/log`, env: { CGO_ENABLED: '0' } });
  return readFileSync(`${folder}/calls`, 'utf8').trim().split('\n');
}

describe('a build in Go', () => {
  it('is run by the Go of this machine', async () => {
    pretend('go');
    pretend('docker');
    expect(canRunGo()).toBe(true);
    expect(await build()).toEqual(['go build .']);
  });

  it('is run in a container where there is no Go', async () => {
    pretend('docker');
    expect(canRunGo()).toBe(true);
    const command = (await build()).find((call) => call.startsWith('docker run'));
    for (const part of [
      `--volume ${repositoryRoot}:`,
      `--env GOOS=${process.platform} `,
      '--env CGO_ENABLED=0 ',
      `--workdir ${repositoryRoot} `,
    ])
      expect(command).toContain(part);
    expect(command).toMatch(/ docker\.io\/library\/golang:\S+ go build \.$/);
  });

  it('cannot be run without either', async () => {
    expect(canRunGo()).toBe(false);
    await expect(build()).rejects.toThrow('Go is not installed');
  });
});
