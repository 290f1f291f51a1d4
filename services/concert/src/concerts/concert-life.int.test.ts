import { create } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@ticketing/common/database';
import {
  CreateConcertRequestSchema,
  GetConcertRequestSchema,
  GetRoomRegistrationRequestSchema,
  SuggestConcertsRequestSchema,
} from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import {
  CancelConcertRequestSchema,
  CancelPerformanceRequestSchema,
  FindCancellationRequestSchema,
  ListOwnConcertsRequestSchema,
  PublishConcertRequestSchema,
} from '@ticketing/contracts/gen/ticketing/concert/v1/organiser_pb';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { cancelPerformance } from '../performances/cancel-performance.ts';
import { findCancellation } from '../performances/find-cancellation.ts';
import { getRoomRegistration } from '../rooms/get-room-registration.ts';
import { findInCatalogue } from '../search/find-in-catalogue.ts';
import { suggestConcerts } from '../search/suggest-concerts.ts';
import {
  addConcert,
  addPerformance,
  auditOf,
  createTestContext,
  newWord,
  operator,
  organiser,
  rename,
  rival,
  search,
  untilFound,
} from '../testing/test-catalogue.ts';
import { cancelConcert } from './cancel-concert.ts';
import { createConcert } from './create-concert.ts';
import { getConcert } from './get-concert.ts';
import { listOwnConcerts } from './list-own-concerts.ts';
import { publishDraft } from './publish-draft.ts';

let ctx: Context;
let other: Context;
beforeAll(async () => {
  [ctx, other] = [await createTestContext(), await createTestContext()];
});
afterAll(() => Promise.all([ctx.stop(), other.stop()]));

interface Answer {
  result?: { case?: string | undefined; value?: object | undefined } | undefined;
}

const refusal = z.object({ code: z.string() });
/** `ok`, or the code of the refusal. */
const codeOf = ({ result }: Answer): string => (result?.case === 'refusal' ? refusal.parse(result.value).code : 'ok');
const [july, august] = ['2031-07-01T10:00:00Z', '2031-08-01T10:00:00Z'];

async function addDraft(title: string, actor = organiser): Promise<string> {
  const { result } = await createConcert(
    ctx,
    create(CreateConcertRequestSchema, {
      ...{ title, artist: title, venueName: title, venueCity: newWord(), venueTimeZone: 'Asia/Seoul', actor, draft: true },
      saleOpensAt: timestampFromDate(new Date('2030-01-01T00:00:00Z')),
    }),
  );
  if (result?.case !== 'concert') throw new Error('refused');
  expect(result.value.status).toBe('DRAFT');
  return result.value.id ?? '';
}

const publish = (concertId: string, actor = organiser, idempotencyKey = '', at = ctx) =>
  publishDraft(at, create(PublishConcertRequestSchema, { concertId, actor, idempotencyKey }));
const cancel = (concertId: string, actor = organiser, idempotencyKey = '', at = ctx) =>
  cancelConcert(at, create(CancelConcertRequestSchema, { concertId, actor, idempotencyKey }));
const cancelNight = (performanceId: string, actor = organiser, idempotencyKey = '', at = ctx) =>
  cancelPerformance(at, create(CancelPerformanceRequestSchema, { performanceId, actor, idempotencyKey }));
const findCancelled = (performanceId: string, actor = organiser) =>
  findCancellation(ctx, create(FindCancellationRequestSchema, { performanceId, actor }));

const shown = async (concertId: string) => {
  ctx.cache.forget(concertId);
  const { result } = await getConcert(ctx, create(GetConcertRequestSchema, { concertId }));
  return result?.case === 'concert' ? result.value : result?.value?.code;
};
const registered = async (concertId: string) => {
  const { result } = await getRoomRegistration(ctx, create(GetRoomRegistrationRequestSchema, { concertId }));
  return result?.case === 'registration' ? result.value : result?.value?.code;
};
const eventsOf = async (concertId: string, type: string) =>
  ctx.db.query<{ version: number }>(
    "SELECT JSON_VALUE(data, '$.version') + 0 AS version FROM outbox_events WHERE aggregate_id = ? AND type = ? ORDER BY seq",
    [concertId, type],
  );

describe('a draft', () => {
  it('is seen by nobody until it is published, and then by all', async () => {
    const word = newWord();
    const id = await addDraft(word);
    expect(await addPerformance(ctx, id, july)).not.toMatch(/concert/);
    await rename(ctx, id, `${word} ${word}`);
    expect([await shown(id), await registered(id)]).toEqual(['concert-not-found', 'concert-not-found']);
    const plain = { readings: [], artists: [word], cities: [], from: '', to: '', sort: 'date' as const, limit: 10, after: undefined };
    expect((await findInCatalogue(ctx.db, { ...plain, status: undefined, now: new Date() })).ids).toEqual([]);
    expect(await ctx.db.query('SELECT 1 FROM concert_words WHERE word = ?', [word])).toEqual([]);
    for (const type of ['concert.created', 'concert.updated']) expect(await eventsOf(id, type)).toEqual([]);

    expect(codeOf(await publish(id))).toBe('ok');
    expect(await shown(id)).toMatchObject({ status: 'SCHEDULED', startsOn: '2031-07-01' });
    expect(await registered(id)).toMatchObject({ saleMoves: 0 });
    expect((await findInCatalogue(ctx.db, { ...plain, status: undefined, now: new Date() })).ids).toEqual([id]);
    await untilFound(ctx, { q: word }, [id]);
    const { items = [] } = await suggestConcerts(ctx, create(SuggestConcertsRequestSchema, { q: word, limit: 5 }));
    expect(items.length).toBeGreaterThan(0);
    expect(await eventsOf(id, 'concert.created')).toHaveLength(1);
    expect((await auditOf(ctx, id)).map(({ action }) => action)).toEqual(['concert.create', 'concert.update', 'concert.publish']);
  });

  it('is published once, however often that is asked for, and by nobody else', async () => {
    const id = await addDraft(newWord());
    expect(codeOf(await publish(id, rival))).toBe('concert-not-found');
    expect(codeOf(await cancel(id))).toBe('concert-not-published');
    const key = newId();
    const answers = await Promise.all([ctx, other, ctx, other].map((at) => publish(id, organiser, key, at)));
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(codeOf(await publish(id, operator))).toBe('ok');
    expect(await eventsOf(id, 'concert.created')).toHaveLength(1);
  });
});

describe('the list of an organiser', () => {
  it('has all of their own and nothing else, newest first, page by page', async () => {
    const mine = { ...organiser, userId: newId() };
    const ids = [await addDraft(newWord(), mine), await addConcert(ctx, { title: newWord(), artist: newWord() }, mine)];
    ids.push(await addDraft(newWord(), mine));
    await addDraft(newWord(), rival);
    const page = async (cursor: string, actor = mine) => {
      const { result } = await listOwnConcerts(ctx, create(ListOwnConcertsRequestSchema, { actor, cursor, limit: 2 }));
      if (result?.case !== 'page') throw new Error(`refused: ${result?.value?.code ?? ''}`);
      return { found: (result.value.items ?? []).map(({ id, status }) => [id, status]), next: result.value.nextCursor ?? '' };
    };
    const first = await page('');
    expect(first.found).toEqual([
      [ids[2], 'DRAFT'],
      [ids[1], 'SCHEDULED'],
    ]);
    expect(await page(first.next)).toEqual({ found: [[ids[0], 'DRAFT']], next: '' });
    expect((await page('', operator)).found).toHaveLength(2);
    await expect(page('nonsense')).rejects.toThrow('invalid-cursor');
  });
});

describe('a cancelled performance', () => {
  it('is told once, leaves the dates to the others, and takes its concert with it when it is the last', async () => {
    const word = newWord();
    const id = await addConcert(ctx, { title: word, artist: word });
    const [first, second] = [await addPerformance(ctx, id, july), await addPerformance(ctx, id, august)];
    expect([codeOf(await findCancelled(first)), codeOf(await cancelNight(first, rival))]).toEqual([
      'cancellation-not-found',
      'performance-not-found',
    ]);
    const key = newId();
    const answers = await Promise.all([ctx, other, ctx, other].map((at) => cancelNight(first, organiser, key, at)));
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(codeOf(await cancelNight(first, operator))).toBe('ok');
    expect(await eventsOf(id, 'performance.cancelled')).toEqual([{ version: 2 }]);
    expect((await auditOf(ctx, first)).map(({ action }) => action)).toEqual(['performance.schedule', 'performance.cancel']);
    expect([codeOf(await findCancelled(first)), codeOf(await findCancelled(first, rival))]).toEqual(['ok', 'performance-not-found']);
    expect(await shown(id)).toMatchObject({ status: 'SCHEDULED', startsOn: '2031-08-01', endsOn: '2031-08-01' });

    const before = await registered(id);
    await cancelNight(second);
    expect(await shown(id)).toMatchObject({ status: 'CANCELLED', startsOn: '2031-07-01', endsOn: '2031-08-01' });
    const after = await registered(id);
    if (typeof before !== 'object' || typeof after !== 'object') throw new Error('no registration');
    expect(Number(after.saleEndsAt?.seconds) * 1_000).toBeLessThan(Date.now() + 60_000);
    expect(after.version).toBeGreaterThan(before.version ?? 0);
    await untilFound(ctx, { q: word, status: 'CANCELLED' }, [id]);
    expect((await search(ctx, { q: word, status: 'SCHEDULED' })).ids).toEqual([]);
    expect(await addPerformance(ctx, id, august)).toBe('concert-cancelled');
    const { result } = await rename(ctx, id, newWord());
    expect(result).toMatchObject({ case: 'refusal', value: { code: 'concert-cancelled' } });
  });
});

describe('a cancelled concert', () => {
  it('takes all performances that have not begun with it, whoever cancels them at the same time', async () => {
    const id = await addConcert(ctx, { title: newWord(), artist: newWord() });
    const nights = [await addPerformance(ctx, id, july), await addPerformance(ctx, id, august)];
    await Promise.all([cancel(id), cancel(id, operator, '', other), ...nights.map((night) => cancelNight(night, organiser, '', other))]);
    const { result } = await cancel(id);
    expect(result).toMatchObject({ case: 'cancelled', value: { performanceIds: nights } });
    expect(await eventsOf(id, 'performance.cancelled')).toEqual([{ version: 2 }, { version: 2 }]);
    expect([codeOf(await cancel(id, rival)), codeOf(await publish(id))]).toEqual(['concert-not-found', 'concert-cancelled']);
    expect(await shown(id)).toMatchObject({ status: 'CANCELLED' });
  });
});
