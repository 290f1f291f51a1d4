import { spawnSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { repositoryRoot } from '../profile.ts';

function runTests(...args: string[]) {
  const command = ['deploy/local/bootstrap.mjs', 'deploy/local/testing/run-tests.ts', ...args];
  return spawnSync(process.execPath, command, { cwd: repositoryRoot, encoding: 'utf8' });
}

describe('npm test', () => {
  it('fails when a file pattern matches no test, even beside one that does', () => {
    const { status, stderr } = runTests('unit', 'charts', 'sliding-limit', 'no-such-file');
    expect([status, stderr]).toEqual([1, expect.stringContaining('no test file of unit, charts matches no-such-file')]);
  });

  it('fails when no test has a name that matches', () => {
    const { status, stderr } = runTests('unit', 'sliding-limit', '-t', 'no such name');
    expect([status, stderr]).toEqual([1, expect.stringContaining('no name matches no such name')]);
  });

  it('leaves out suites that no pattern matches', () => {
    const { status, stdout } = runTests('unit', 'e2e', 'int', 'sliding-limit');
    expect([status, stdout]).toEqual([0, expect.stringMatching(/^\d+ passed, 0 failed$/m)]);
  });
});
