import { describe, expect, it } from '@jest/globals';
import type { IndexBuild } from './index-builds.ts';
import { indexAlias } from './index-definition.ts';
import { unusedIndices } from './remove-indices.ts';

const at = new Date('2030-01-01T00:00:00Z');
const build = (name: string, { finished = true, abandoned = false } = {}): IndexBuild => ({
  ...{ name, finished, abandoned },
  ...{ startedAt: at, caughtUpTo: at, copiedTo: Buffer.alloc(16), copied: 0, definition: '' },
});
const [one, two] = [`${indexAlias}-1`, `${indexAlias}-2`];
const other = 'concerts-v0-1';

describe('unused indices', () => {
  it('never are the one that answers, whatever is known of it', () => {
    for (const builds of [[], [build(one)], [build(one, { finished: false })], [build(one, { abandoned: true })]]) {
      expect(unusedIndices(builds, { live: one, idle: [] })).toEqual([]);
    }
  });

  it('are what a build has replaced and what nothing is known of', () => {
    expect(unusedIndices([build(one), build(two)], { live: two, idle: [one] })).toEqual([one]);
    expect(unusedIndices([build(two)], { live: two, idle: [one] })).toEqual([one]);
    expect(unusedIndices([build(one), build(two)], { live: two, idle: [] })).toEqual([one]);
  });

  it('are builds that were cut short and indices of other definitions only when nobody has looked after them for long', () => {
    expect(unusedIndices([build(two), build(one, { finished: false }), build(other)], { live: two, idle: [one] })).toEqual([]);
    const abandoned = { finished: false, abandoned: true };
    expect(unusedIndices([build(two), build(one, abandoned), build(other, abandoned)], { live: two, idle: [one] })).toEqual([one, other]);
  });
});
