import { randomBytes } from 'node:crypto';
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { pollUntil } from '@ticketing/common/poll-until';
import { testEnvironment } from '@ticketing/common/testing/test-stack';
import {
  CreateConcertRequestSchema,
  SchedulePerformanceRequestSchema,
  SearchConcertsRequestSchema,
} from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import { createConcert } from '../concerts/create-concert.ts';
import { readConfig } from '../config.ts';
import { type Context, createContext } from '../context.ts';
import { schedulePerformance } from '../performances/schedule-performance.ts';
import { searchConcerts } from '../search/search-concerts.ts';

/** The service's own context on the real parts of the test stack. */
export function createTestContext(): Promise<Context> {
  return createContext(readConfig(testEnvironment('concert')));
}

/** A word that no other concert has, so that tests find their own among those of earlier runs. */
export function newWord(): string {
  return [...randomBytes(10)].map((byte) => String.fromCharCode(97 + (byte % 26))).join('');
}

export interface TestConcert {
  title: string;
  artist: string;
  description?: string;
}

const saleOpensAt = timestampFromDate(new Date('2030-01-01T00:00:00Z'));

/** Puts a concert in the catalogue as the gateway would. @returns its id */
export async function addConcert(ctx: Context, { title, artist, description = '' }: TestConcert): Promise<string> {
  const request = create(CreateConcertRequestSchema, {
    title,
    artist,
    description,
    venueName: '테스트 홀',
    venueCity: '수원',
    venueTimeZone: 'Asia/Seoul',
    saleOpensAt,
  });
  const { result } = await createConcert(ctx, request);
  if (result?.case !== 'concert' || !result.value.id) throw new Error(`refused: ${JSON.stringify(result?.value)}`);
  return result.value.id;
}

/** Schedules six seats. @returns the performance's id, or the code of the refusal */
export async function addPerformance(ctx: Context, concertId: string, startsAt: string): Promise<string> {
  const request = create(SchedulePerformanceRequestSchema, {
    concertId,
    startsAt: timestampFromDate(new Date(startsAt)),
    sections: [{ name: 'Floor', rows: 2, seatsPerRow: 3, price: 90_000n }],
  });
  const { result } = await schedulePerformance(ctx, request);
  return (result?.case === 'performance' ? result.value.id : result?.value?.code) ?? '';
}

export interface TestPage {
  ids: string[];
  titles: string[];
  nextCursor: string;
  degraded: boolean;
}

export type TestSearch = MessageInitShape<typeof SearchConcertsRequestSchema>;

/** Searches as the gateway would. @throws when it is refused */
export async function search(ctx: Context, request: TestSearch): Promise<TestPage> {
  const { result } = await searchConcerts(ctx, create(SearchConcertsRequestSchema, request));
  if (result?.case !== 'page') throw new Error(`refused: ${result?.value?.code ?? ''}`);
  const { items = [], nextCursor = '', degraded = false } = result.value;
  return { ids: items.map(({ id }) => id ?? ''), titles: items.map(({ title }) => title ?? ''), nextCursor, degraded };
}

/** Waits until Elasticsearch answers a search with exactly these concerts, in any order. */
export async function untilFound(ctx: Context, request: TestSearch, ids: string[]): Promise<void> {
  let last: TestPage | undefined;
  const found = await pollUntil(async () => {
    last = await search(ctx, { ...request, limit: 100 });
    return !last.degraded && last.ids.toSorted().join() === ids.toSorted().join() ? last : undefined;
  }, 30_000);
  if (!found) throw new Error(`the index answers ${JSON.stringify(last)}`);
}

/** Walks a list to its end. @param contextOf the context that answers a page, by its number from 0 */
export async function allPages(contextOf: (page: number) => Context, request: TestSearch): Promise<TestPage[]> {
  const pages: TestPage[] = [];
  let cursor = '';
  do {
    const page = await search(contextOf(pages.length), { ...request, cursor });
    pages.push(page);
    cursor = page.nextCursor;
  } while (cursor !== '');
  return pages;
}
