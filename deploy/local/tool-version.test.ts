import { describe, expect, it } from '@jest/globals';
import { isOlder, readVersion } from './tool-version.ts';

describe('the version that a tool says', () => {
  it.each([
    ['kind v0.33.0 go1.26.8 linux/amd64', [0, 33]],
    ['Client Version: v1.35.4\nKustomize Version: v5.7.1', [1, 35]],
    ['{ "clientVersion": { "major": "1", "minor": "32+", "gitVersion": "v1.32.4-dispatcher" } }', [1, 32]],
    ['github.com/docker/buildx 0.13.1+ds1 0.13.1-1', [0, 13]],
    ['v4.3', [4, 3]],
    ['v0.0.0-master+$Format:%H$', undefined],
    ['dev', undefined],
  ])('in %j is %j', (text, version) => {
    expect(readVersion(text)).toEqual(version);
  });

  it.each([
    [[3, 16], true],
    [[2, 99], true],
    [[3, 17], false],
    [[3, 21], false],
    [[4, 0], false],
  ] as const)('%j beside 3.17 is older: %j', (version, older) => {
    expect(isOlder(version, [3, 17])).toBe(older);
  });
});
