import { describe, expect, it } from '@jest/globals';
import { createViews } from './count-views.ts';

describe('views', () => {
  it('are counted by concert, and taken once', () => {
    const views = createViews();
    for (const id of ['a', 'b', 'a']) views.count(id);
    expect(views.take()).toEqual(
      new Map([
        ['a', 2],
        ['b', 1],
      ]),
    );
    expect(views.take()).toEqual(new Map());
  });
});
