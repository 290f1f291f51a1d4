import { timestampDate } from '@bufbuild/protobuf/wkt';
import { describe, expect, it } from '@jest/globals';
import { isRefusal } from '@ticketing/common/refusal';
import { z } from 'zod';
import { planLayout } from '../performances/seat-layout.ts';
import { planSeed, seedConcerts } from './seed-plan.ts';
import { specialConcerts } from './special-concerts.ts';
import { venues } from './venues.ts';

const first = new Date('2026-11-22T09:30:00Z');
const plan = planSeed(first, first);
const find = (id: string) => plan.find((concert) => concert.id === id)!;
const layoutOf = (concertId: string) => {
  const layout = planLayout(find(concertId).performances[0]!.request.sections);
  if (isRefusal(layout)) throw new Error(layout.detail);
  return layout;
};
const opensAt = (concertId: string) => timestampDate(find(concertId).request.saleOpensAt!);

describe('planSeed', () => {
  it('is the same on every run, whenever on the first day it was first written', () => {
    expect(planSeed(first, first)).toEqual(plan);
    expect(planSeed(new Date('2026-11-22T23:59:59Z'), first)).toEqual(plan);
  });

  it('has at least 42 concerts at 10 venues, with ids that differ', () => {
    expect(plan.length).toBeGreaterThanOrEqual(42);
    expect(new Set(seedConcerts.map(({ venue }) => venue)).size).toBeGreaterThanOrEqual(10);
    expect(Object.keys(venues).length).toBeGreaterThanOrEqual(10);
    const ids = plan.flatMap((concert) => [concert.id, ...concert.performances.map(({ id }) => id)]);
    expect(new Set(ids).size).toBe(ids.length);
    expect(z.array(z.uuidv7()).safeParse(ids).error).toBeUndefined();
  });

  it('gives every performance seats that the rules allow, after the sale opens', () => {
    for (const { request, performances } of plan) {
      for (const performance of performances) {
        expect(isRefusal(planLayout(performance.request.sections))).toBe(false);
        expect(timestampDate(performance.request.startsAt!) > timestampDate(request.saleOpensAt!)).toBe(true);
      }
    }
  });

  it('sells 2,000 seats of one concert and 40 of another since the day before', () => {
    expect(layoutOf(specialConcerts.onSale.concertId).totalSeats).toBe(2_000);
    expect(layoutOf(specialConcerts.nearlySoldOut.concertId).totalSeats).toBe(40);
    expect(opensAt(specialConcerts.onSale.concertId)).toEqual(new Date('2026-11-21T00:00:00Z'));
    for (const special of Object.values(specialConcerts)) {
      expect(find(special.concertId).performances.map(({ id }) => id)).toEqual([special.performanceId]);
    }
  });

  it('opens one sale a minute after it is written', () => {
    expect(opensAt(specialConcerts.opensSoon.concertId)).toEqual(new Date('2026-11-22T09:31:00Z'));
  });
});
