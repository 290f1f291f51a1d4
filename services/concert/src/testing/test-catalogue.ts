import { randomBytes } from 'node:crypto';
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { listAudit } from '@ticketing/common/audit';
import { newId } from '@ticketing/common/database';
import { pollUntil } from '@ticketing/common/poll-until';
import { testEnvironment } from '@ticketing/common/testing/test-stack';
import { ActorSchema } from '@ticketing/contracts/gen/ticketing/common/v1/actor_pb';
import {
  CreateConcertRequestSchema,
  SchedulePerformanceRequestSchema,
  SearchConcertsRequestSchema,
  UpdateConcertRequestSchema,
} from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import { z } from 'zod';
import { createConcert } from '../concerts/create-concert.ts';
import { updateConcert } from '../concerts/update-concert.ts';
import { readConfig } from '../config.ts';
import { type Context, createContext } from '../context.ts';
import { schedulePerformance } from '../performances/schedule-performance.ts';
import { searchConcerts } from '../search/search-concerts.ts';

/** The service's own context on the real parts of the test stack. */
export function createTestContext(): Promise<Context> {
  return createContext(readConfig(testEnvironment('concert')));
}

/** Whose the concerts of tests are. */
export const organiser = create(ActorSchema, { userId: newId() });

/** Somebody else who publishes concerts, and somebody who may do everything. */
export const rival = create(ActorSchema, { userId: newId() });
export const operator = create(ActorSchema, { userId: newId(), operator: true });

/** What was written down about something, oldest first. */
export async function auditOf({ db }: Pick<Context, 'db'>, subject: string) {
  const { items } = await listAudit(db, 1_000, undefined);
  return items
    .filter((entry) => entry.subject === subject)
    .map(({ actorId, action, detailJson = '' }) => ({ actorId, action, ...z.looseObject({}).parse(JSON.parse(detailJson)) }))
    .toReversed();
}

/** A word that no other concert has, so that tests find their own among those of earlier runs. */
export function newWord(): string {
  // Its own English root, also with a letter behind it: cabral and cabrall have one root.
  return `${[...randomBytes(9)].map((byte) => String.fromCharCode(97 + (byte % 26))).join('')}x`;
}

export interface TestConcert {
  title: string;
  artist: string;
  description?: string;
}

const saleOpensAt = timestampFromDate(new Date('2030-01-01T00:00:00Z'));

/** Puts a concert in the catalogue as the gateway would. @returns its id */
export async function addConcert(ctx: Context, { title, artist, description = '' }: TestConcert, actor = organiser): Promise<string> {
  const request = create(CreateConcertRequestSchema, {
    title,
    artist,
    description,
    venueName: '테스트 홀',
    venueCity: '수원',
    venueTimeZone: 'Asia/Seoul',
    saleOpensAt,
    actor,
  });
  const { result } = await createConcert(ctx, request);
  if (result?.case !== 'concert' || !result.value.id) throw new Error(`refused: ${JSON.stringify(result?.value)}`);
  return result.value.id;
}

/** Schedules six seats. @returns the performance's id, or the code of the refusal */
export async function addPerformance(ctx: Context, concertId: string, startsAt: string, actor = organiser): Promise<string> {
  const request = create(SchedulePerformanceRequestSchema, {
    concertId,
    startsAt: timestampFromDate(new Date(startsAt)),
    sections: [{ name: 'Floor', rows: 2, seatsPerRow: 3, price: 90_000n }],
    actor,
  });
  const { result } = await schedulePerformance(ctx, request);
  return (result?.case === 'performance' ? result.value.id : result?.value?.code) ?? '';
}

/** Changes the title as the organiser would. */
export function rename(ctx: Context, concertId: string, title: string, actor = organiser) {
  return updateConcert(ctx, create(UpdateConcertRequestSchema, { concertId, title, actor }));
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
