import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from '@jest/globals';
import { newId } from '@ticketing/common/database';
import { GetConcertRequestSchema } from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import { createViews } from './count-views.ts';
import { getConcert } from './get-concert.ts';
import type { ListedConcert } from './listed-concert.ts';

const concert: ListedConcert = {
  ...{ id: newId(), version: 1, title: 'Spring', artist: 'IU', description: '', popularity: 0 },
  venue: { id: newId(), name: 'Hall', city: 'Seoul', timeZone: 'Asia/Seoul' },
  saleOpensAt: new Date('2027-01-01T00:00:00Z'),
  ...{ startsOn: undefined, endsOn: undefined, lastStartsAt: undefined, state: 'PUBLISHED' as const },
};

describe('a look at a concert', () => {
  it('counts as one, or as the many that the caller has had; a look at none does not', async () => {
    const views = createViews();
    const cache = {
      concert: (id: string) => Promise.resolve(id === concert.id ? concert : undefined),
      performances: () => Promise.resolve([]),
      forget: () => undefined,
    };
    const ask = (request: { concertId: string; views?: number }) => getConcert({ cache, views }, create(GetConcertRequestSchema, request));
    expect((await ask({ concertId: concert.id })).result?.case).toBe('concert');
    await ask({ concertId: concert.id, views: 40 });
    expect((await ask({ concertId: newId(), views: 40 })).result?.case).toBe('refusal');
    expect(views.take()).toEqual(new Map([[concert.id, 41]]));
  });

  it('finds no draft, and does not count', async () => {
    const views = createViews();
    const draft = { ...concert, state: 'DRAFT' as const };
    const cache = { concert: () => Promise.resolve(draft), performances: () => Promise.resolve([]), forget: () => undefined };
    const { result } = await getConcert({ cache, views }, create(GetConcertRequestSchema, { concertId: draft.id }));
    expect(result).toMatchObject({ case: 'refusal', value: { code: 'concert-not-found' } });
    expect(views.take()).toEqual(new Map());
  });
});
