import { describe, expect, it } from '@jest/globals';
import { createViews } from './count-views.ts';

describe('views', () => {
  it('are counted by concert, and taken once', () => {
    const views = createViews();
    for (const [id, count] of [
      ['a', 1],
      ['b', 1],
      ['a', 4],
    ] as const)
      views.count(id, count);
    expect(views.take()).toEqual(
      new Map([
        ['a', 5],
        ['b', 1],
      ]),
    );
    expect(views.take()).toEqual(new Map());
  });
});
