import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { findHelm } from './helm-binary.ts';

const usual = process.env['HELM'];
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(`${tmpdir()}/ticketing-helm-`);
});
afterEach(() => {
  if (usual === undefined) delete process.env['HELM'];
  else process.env['HELM'] = usual;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Lets $HELM be a program that says it is this version. */
function pretend(version: string): string {
  const helm = `${folder}/helm-${version}`;
  writeFileSync(helm, `#!/bin/sh\necho ${version}\n`, { mode: 0o755 });
  process.env['HELM'] = helm;
  return helm;
}

describe('the Helm in $HELM', () => {
  it.each(['v3.17.0', 'v3.21.4', 'v3.21', 'v4.0.0', 'v4.3.1', 'v4.3'])('is taken when it is %s', (version) => {
    const helm = pretend(version);
    expect(findHelm()).toBe(helm);
  });

  it.each(['v2.17.0', 'v3.16.4', 'v3.9.0'])('is refused when it is %s, in one line that says what to install', (version) => {
    pretend(version);
    expect(() => findHelm()).toThrow(/^\$HELM \(.*\) is version v\S+: install Helm 3\.17 or newer, https:.*$/);
  });

  it('is refused when it does not run', () => {
    process.env['HELM'] = `${folder}/missing`;
    expect(() => findHelm()).toThrow(/does not run: install Helm 3\.17 or newer, https:/);
  });
});
