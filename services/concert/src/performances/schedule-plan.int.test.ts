import { create } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@ticketing/common/database';
import { parseEvent } from '@ticketing/contracts/events';
import {
  GetPerformanceRequestSchema,
  GetSeatLayoutRequestSchema,
  SchedulePerformanceRequestSchema,
} from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import { countPlan, planOfRectangles, type SeatPlan } from '@ticketing/contracts/seat-plan';
import { arenaPlan } from '@ticketing/contracts/testing/arena-plan';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { addConcert, addPerformance, createTestContext, newWord, organiser } from '../testing/test-catalogue.ts';
import { getPerformance } from './get-performance.ts';
import { getSeatLayout } from './get-seat-layout.ts';
import { schedulePerformance } from './schedule-performance.ts';

let ctx: Context;
beforeAll(async () => {
  ctx = await createTestContext();
});
afterAll(() => ctx.stop());

/** @returns the performance, or the refusal */
async function schedule(concertId: string, plan: unknown, idempotencyKey = '') {
  const startsAt = timestampFromDate(new Date('2031-07-01T10:00:00Z'));
  const request = { concertId, startsAt, planJson: JSON.stringify(plan), actor: organiser, idempotencyKey };
  const { result } = await schedulePerformance(ctx, create(SchedulePerformanceRequestSchema, request));
  return result?.value;
}

async function scheduled(concertId: string, plan: SeatPlan): Promise<string> {
  const made = await schedule(concertId, plan);
  if (!made || !('id' in made) || !made.id) throw new Error(`refused: ${JSON.stringify(made)}`);
  return made.id;
}

const layoutShape = z.object({ performanceId: z.string(), totalSeats: z.number(), sections: z.array(z.object({ name: z.string() })) });

async function layoutOf(performanceId: string) {
  const { result } = await getSeatLayout(ctx, create(GetSeatLayoutRequestSchema, { performanceId }));
  return result?.case === 'layout' ? layoutShape.parse(JSON.parse(Buffer.from(result.value.json ?? '').toString())) : result?.value?.code;
}

async function detailsOf(performanceId: string) {
  const { result } = await getPerformance(ctx, create(GetPerformanceRequestSchema, { performanceId }));
  return result?.case === 'performance' ? result.value : result?.value?.code;
}

describe('a performance with a plan', () => {
  it('is on the calendar with its seats and prices, and told by one event', async () => {
    const concertId = await addConcert(ctx, { title: newWord(), artist: newWord() });
    const plan = arenaPlan();
    const { totalSeats, priceFrom, priceTo } = countPlan(plan);
    const id = await scheduled(concertId, plan);
    const [row] = await ctx.db.query<{ data: unknown }>(
      "SELECT data FROM outbox_events WHERE aggregate_id = ? AND type = 'performance.scheduled'",
      [concertId],
    );
    const data = z.looseObject({}).parse(typeof row?.data === 'string' ? JSON.parse(row.data) : row?.data);
    expect(parseEvent('performance.scheduled', data)).toMatchObject({ performanceId: id, plan });
    expect('sections' in data).toBe(false);
    expect(await detailsOf(id)).toMatchObject({
      performance: { id, concertId, totalSeats, priceFrom: BigInt(priceFrom), priceTo: BigInt(priceTo) },
      concert: { id: concertId, venue: { city: '수원' } },
      ...{ maxSeatsPerPerson: 4, saleState: 'SCHEDULED' },
    });
    expect(await layoutOf(id)).toMatchObject({ performanceId: id, totalSeats, sections: plan.sections.map(({ name }) => ({ name })) });
    const [entry] = await ctx.db.query<{ bytes: number }>('SELECT LENGTH(detail) AS bytes FROM audit_entries WHERE subject = ?', [id]);
    expect(entry?.bytes).toBeLessThan(4_096);
  });

  it('is scheduled once for each key', async () => {
    const concertId = await addConcert(ctx, { title: newWord(), artist: newWord() });
    const [key, plan] = [newId(), planOfRectangles([{ name: 'A', rows: 1, seatsPerRow: 2, price: 1_000 }])];
    const first = await schedule(concertId, plan, key);
    expect(await schedule(concertId, plan, key)).toEqual(first);
    const other = planOfRectangles([{ name: 'A', rows: 1, seatsPerRow: 3, price: 1_000 }]);
    expect(await schedule(concertId, other, key)).toMatchObject({ code: 'idempotency-key-reused' });
  });

  it('is refused with what the gateway would not have let through', async () => {
    const concertId = await addConcert(ctx, { title: newWord(), artist: newWord() });
    const plan = planOfRectangles([{ name: 'A', rows: 2, seatsPerRow: 2, price: 1_000 }]);
    const twice = { ...plan, sections: [...plan.sections, ...plan.sections] };
    expect(await schedule(concertId, twice)).toMatchObject({
      code: 'invalid-layout',
      detail: 'plan.sections.1.name: Another section has this name',
    });
    expect(await schedule(concertId, { ...plan, categories: [] })).toMatchObject({ code: 'invalid-layout' });
    expect(await schedule(newId(), plan)).toMatchObject({ code: 'concert-not-found' });
  });
});

describe('a performance with sections', () => {
  it('has a layout and its concert too', async () => {
    const concertId = await addConcert(ctx, { title: newWord(), artist: newWord() });
    const first = await addPerformance(ctx, concertId, '2031-07-01T10:00:00Z');
    expect(await detailsOf(first)).toMatchObject({ performance: { totalSeats: 6 } });
    // The list of performances was read before this one was there.
    const second = await addPerformance({ ...ctx, changed: () => undefined }, concertId, '2031-07-02T10:00:00Z');
    expect(await detailsOf(second)).toMatchObject({ performance: { id: second } });
    expect(await layoutOf(second)).toMatchObject({ totalSeats: 6, sections: [{ name: 'Floor' }] });
  });

  it('is not there when nobody has scheduled it', async () => {
    expect([await detailsOf(newId()), await layoutOf(newId())]).toEqual(['performance-not-found', 'performance-not-found']);
  });
});
