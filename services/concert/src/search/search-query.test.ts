import { describe, expect, it } from '@jest/globals';
import { cutPage } from './search-query.ts';

const position = (id: string) => ({ by: 'date' as const, on: '2027-01-01', id });
const cut = (items: string[], limit: number) => cutPage(items, limit, position, (id) => id);

describe('cutPage', () => {
  it('names the last item shown when there is one more', () => {
    expect(cut(['a', 'b', 'c'], 2)).toEqual({ ids: ['a', 'b'], next: position('b') });
  });

  it('names nothing on the last page', () => {
    expect(cut(['a', 'b'], 2)).toEqual({ ids: ['a', 'b'], next: undefined });
    expect(cut([], 2)).toEqual({ ids: [], next: undefined });
  });
});
