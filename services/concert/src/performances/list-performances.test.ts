import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from '@jest/globals';
import { idToBinary, newId } from '@ticketing/common/database';
import { ListPerformancesRequestSchema } from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import type { CatalogueCache } from '../concerts/catalogue-cache.ts';
import type { ListedConcert } from '../concerts/listed-concert.ts';
import type { PerformanceRow } from '../db/performance.ts';
import { listPerformances } from './list-performances.ts';

const opening = new Date('2030-01-01T00:00:00Z');

function concertWith(id: string): ListedConcert {
  return {
    ...{ id, version: 1, title: 'T', artist: 'A', description: '', popularity: 0, saleOpensAt: opening },
    ...{ startsOn: undefined, endsOn: undefined, lastStartsAt: undefined, state: 'PUBLISHED' as const },
    venue: { id: newId(), name: 'Hall', city: 'Seoul', timeZone: 'Asia/Seoul' },
  };
}

function performanceOf(concertId: string): PerformanceRow {
  return {
    ...{ id: idToBinary(newId()), concertId: idToBinary(concertId), startsAt: opening, saleOpensAt: opening },
    ...{ totalSeats: 6, priceFrom: 10_000, priceTo: 20_000, maxSeatsPerPerson: 4, status: 'SCHEDULED' },
  };
}

/** A catalogue with these concerts, and which of them it was asked for the free seats. */
function catalogue(concerts: Record<string, PerformanceRow[]>) {
  const asked: string[] = [];
  const cache: CatalogueCache = {
    concert: (id) => Promise.resolve(concerts[id] ? concertWith(id) : undefined),
    performances: (id) => Promise.resolve(concerts[id] ?? []),
    forget: () => undefined,
  };
  const ofConcert = (id: string) => {
    asked.push(id);
    return Promise.resolve(new Map<string, number>());
  };
  const list = (concertId: string, availableOnly = false) =>
    listPerformances({ cache, availability: { ofConcert } }, create(ListPerformancesRequestSchema, { concertId, availableOnly }));
  return { asked, list };
}

describe('listPerformances', () => {
  it('asks nobody for the seats of concerts that do not exist', async () => {
    const { asked, list } = catalogue({});
    const answers = await Promise.all(Array.from({ length: 20 }, () => list(newId())));
    expect(answers.map(({ result }) => result?.case === 'refusal' && result.value.code)).toEqual(Array(20).fill('concert-not-found'));
    expect(asked).toEqual([]);
  });

  it('asks nobody for the seats of a concert without performances', async () => {
    const id = newId();
    const { asked, list } = catalogue({ [id]: [] });
    expect((await list(id)).result).toEqual({ case: 'performances', value: { items: [] } });
    expect(asked).toEqual([]);
  });

  it('asks for the seats of a concert that has some', async () => {
    const id = newId();
    const { asked, list } = catalogue({ [id]: [performanceOf(id)] });
    const { result } = await list(id);
    expect(result?.case === 'performances' && result.value.items?.map(({ availableSeats }) => availableSeats)).toEqual([6]);
    expect(asked).toEqual([id]);
  });

  it('has no seats of a performance that has begun, whatever was last known of them', async () => {
    const id = newId();
    const [over, next] = [{ ...performanceOf(id), startsAt: new Date(Date.now() - 60_000) }, performanceOf(id)];
    const { list } = catalogue({ [id]: [over, next] });
    const seatsOf = async (availableOnly: boolean) => {
      const { result } = await list(id, availableOnly);
      return result?.case === 'performances' ? result.value.items?.map(({ availableSeats }) => availableSeats) : undefined;
    };
    expect([await seatsOf(false), await seatsOf(true)]).toEqual([[0, 6], [6]]);
  });

  it('says what became of each performance, and has no seats of a cancelled one', async () => {
    const id = newId();
    const begun = { ...performanceOf(id), startsAt: new Date(Date.now() - 60_000) };
    const { list } = catalogue({
      [id]: [begun, { ...begun, status: 'CANCELLED' }, performanceOf(id), { ...performanceOf(id), status: 'CANCELLED' }],
    });
    const { result } = await list(id);
    const items = result?.case === 'performances' ? (result.value.items ?? []) : [];
    expect(items.map(({ status, availableSeats }) => [status, availableSeats])).toEqual([
      ['ENDED', 0],
      ['CANCELLED', 0],
      ['SCHEDULED', 6],
      ['CANCELLED', 0],
    ]);
  });

  it('finds no draft', async () => {
    const id = newId();
    const cache: CatalogueCache = {
      concert: () => Promise.resolve({ ...concertWith(id), state: 'DRAFT' }),
      performances: () => Promise.resolve([performanceOf(id)]),
      forget: () => undefined,
    };
    const availability = { ofConcert: () => Promise.resolve(new Map<string, number>()) };
    const { result } = await listPerformances({ cache, availability }, create(ListPerformancesRequestSchema, { concertId: id }));
    expect(result).toMatchObject({ case: 'refusal', value: { code: 'concert-not-found' } });
  });
});
