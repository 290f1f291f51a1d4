import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { describe, expect, it } from '@jest/globals';
import { repositoryRoot } from '../local/profile.ts';
import { type Answer, requireTools, type ToolName } from './required-tools.ts';

const all: readonly ToolName[] = ['docker', 'kind', 'kubectl', 'helm', 'buildx', 'tilt'];

/** What each command prints where everything is just new enough. */
const newEnough: Readonly<Record<string, string>> = {
  'docker version': '20.10.24+dfsg1',
  'docker buildx': 'github.com/docker/buildx v0.10.0 abcdef',
  'kind version': 'kind v0.32.0 go1.25.1 linux/amd64',
  'kubectl version': 'Client Version: v1.30.0',
  'helm version': 'v3.17.0',
  'tilt version': 'v0.37.1, built 2026-02-12',
};

/** The lines with which this machine is refused. */
function complaints(changes: Readonly<Record<string, string | undefined>>, built: readonly ToolName[] = []): string[] {
  const machine = { ...newEnough, ...changes };
  const ask = (command: string, [first]: readonly string[]): Answer => {
    const printed = machine[`${command} ${first ?? ''}`];
    return printed === undefined || printed === 'failed' ? printed : { printed };
  };
  try {
    requireTools(all, { ask, hasBuilt: (name) => built.includes(name) });
  } catch (error) {
    return error instanceof Error ? error.message.split('\n') : [];
  }
  return [];
}

describe('the tools of npm run kind:up', () => {
  it.each([
    {},
    { 'helm version': 'v4.0.0' },
    { 'helm version': 'v4.3' },
    { 'kind version': 'kind v1.0.0 go1.30.0 darwin/arm64' },
    { 'kubectl version': 'Client Version: v0.0.0-master+$Format:%H$' },
    { 'kind version': undefined, 'helm version': undefined, 'go version': 'go version go1.26.0 linux/amd64' },
  ])('are taken with %j', (changes) => {
    expect(complaints(changes)).toEqual([]);
  });

  it('are taken when an earlier run has built them', () => {
    expect(complaints({ 'kind version': undefined, 'helm version': undefined }, ['kind', 'helm'])).toEqual([]);
  });

  it.each([
    [{ 'docker version': '19.03.15' }, 'Docker 19.3 is too old: install Docker 20.10 or newer, https:'],
    [{ 'docker version': 'failed' }, 'no Docker engine answers: start it, or install Docker 20.10 or newer, https:'],
    [{ 'docker version': undefined, 'docker buildx': undefined }, 'Docker is not installed: install Docker 20.10 or newer, https:'],
    [{ 'docker buildx': 'github.com/docker/buildx v0.9.1 abc' }, 'buildx 0.9 is too old: install buildx 0.10 or newer, https:'],
    [{ 'docker buildx': 'failed' }, "Docker's plugin buildx is not installed: install buildx 0.10 or newer, https:"],
    [{ 'kind version': 'kind v0.31.0 go1.25.5 linux/amd64' }, 'kind 0.31 is too old: install kind 0.32 or newer, https:'],
    [{ 'kind version': undefined }, 'kind is not installed: install kind 0.32 or newer, https:'],
    [{ 'kubectl version': 'Client Version: v1.29.14' }, 'kubectl 1.29 is too old: install kubectl 1.30 or newer, https:'],
    [{ 'kubectl version': undefined }, 'kubectl is not installed: install kubectl 1.30 or newer, https:'],
    [{ 'helm version': 'v3.16.4' }, 'Helm 3.16 is too old: install Helm 3.17 or newer, https:'],
    [{ 'helm version': undefined }, 'Helm is not installed: install Helm 3.17 or newer, https:'],
    [{ 'tilt version': 'v0.36.3, built 2025-11-01' }, 'Tilt 0.36 is too old: install Tilt 0.37 or newer, https:'],
    [{ 'tilt version': undefined }, 'Tilt is not installed: install Tilt 0.37 or newer, https:'],
    [{ 'helm version': 'failed' }, 'Helm does not run: install Helm 3.17 or newer, https:'],
  ])('are refused with %j, in one line that says what to install', (changes, line) => {
    expect(complaints(changes)).toEqual([expect.stringContaining(line)]);
  });

  it('are all named at once, as the README names them', () => {
    const old = { 'docker version': '1.0', 'kind version': 'v0.1', 'kubectl version': 'v1.0', 'helm version': 'v3.0' };
    const named = complaints(old).map((line) => / install (.*) or newer/.exec(line)?.[1]);
    expect(named).toHaveLength(4);
    const readme = readFileSync(`${repositoryRoot}README.md`, 'utf8');
    expect(named.filter((tool) => tool === undefined || !readme.includes(tool))).toEqual([]);
  });

  it.each([
    ['kind-up.ts', ['docker', 'kind', 'kubectl', 'helm'], ['Docker 19.3', 'kind 0.20', 'kubectl 1.20', 'Helm 3.9']],
    ['kind-secrets.ts', ['kubectl'], ['kubectl 1.20']],
  ])('are looked at by %s before anything is done', (script, asked, old) => {
    const folder = mkdtempSync(`${tmpdir()}/ticketing-tools-`);
    const programs = { docker: 'echo 19.03.15', kind: 'echo kind v0.20.0', kubectl: 'echo v1.20.0', helm: 'echo v3.9.0' };
    const program = (body: string) => `#!/bin/sh\necho "\${0##*/} $1" >> ${folder}/calls\n${body}\n`;
    for (const [name, body] of Object.entries(programs)) writeFileSync(`${folder}/${name}`, program(body), { mode: 0o755 });
    const args = ['--import', 'tsx', '--conditions=ticketing-source', `deploy/kind/${script}`];
    const { status, stderr } = spawnSync(process.execPath, args, { cwd: repositoryRoot, env: { PATH: folder }, encoding: 'utf8' });
    const calls = readFileSync(`${folder}/calls`, 'utf8');
    rmSync(folder, { recursive: true });
    expect(calls).toBe(asked.map((name) => `${name} version\n`).join(''));
    expect(status).toBe(1);
    expect(stderr.trim().split('\n')).toEqual(old.map((tool) => expect.stringContaining(`${tool} is too old: install `)));
  });
});
