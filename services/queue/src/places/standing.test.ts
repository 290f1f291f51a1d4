import { describe, expect, it } from '@jest/globals';
import { TokenStatus } from '@ticketing/contracts/gen/ticketing/queue/v1/queue_pb';
import fc from 'fast-check';
import { countWaiting, endPlace, nobodyServed } from '../admission/serving.ts';
import { letIn } from '../testing/test-line.ts';
import { type StandingInput, standingOf } from './standing.ts';

const serving = letIn(nobodyServed, { tail: 100, capacity: 10, passTtlMs: 60_000, now: 1_000 });
const room = { opensAt: 0, closed: false };
const place = { taken: false, joinNumber: 15 };
const input: StandingInput = { place, position: 15, serving, room, soldOut: false, slowestRate: 0.5, now: 2_000 };
const stand = (change: Partial<StandingInput>) =>
  standingOf({ ...input, place: { ...place, joinNumber: change.position ?? 15 }, ...change });
const inside = { position: 10, place: { ...place, taken: true } };
const called = { ...serving, serving: 20, calls: [{ from: 11, to: 20, calledAt: 0, takeBy: 9_000, settled: [11] }] };
const missed = { ...serving, serving: 20, graces: [{ from: 11, to: 20, until: 9_000 }], front: [12, 13] };

describe('the status of a place', () => {
  it.each<[string, TokenStatus, Partial<StandingInput>]>([
    ['not drawn yet', TokenStatus.PRE_OPEN, { position: undefined }],
    ['before the opening', TokenStatus.PRE_OPEN, { room: { ...room, opensAt: 3_000 } }],
    ['at the opening', TokenStatus.WAITING, { room: { ...room, opensAt: 2_000 } }],
    ['behind the serving counter', TokenStatus.WAITING, {}],
    ['called and not come yet', TokenStatus.WAITING, { serving: called }],
    ['called, come and gone', TokenStatus.EXPIRED, { serving: called, position: 11 }],
    ['missed the call', TokenStatus.WAITING, { serving: missed }],
    ['back at the front', TokenStatus.WAITING, { serving: missed, position: 12 }],
    ['had a pass when others missed their call', TokenStatus.EXPIRED, { serving: missed, place: { ...place, taken: true } }],
    ['missed the call, grace over', TokenStatus.EXPIRED, { serving: { ...missed, graces: [] } }],
    ['let in', TokenStatus.ACTIVE, inside],
    ['let in, when all is sold', TokenStatus.ACTIVE, { ...inside, soldOut: true }],
    ['let in, when the opening was moved', TokenStatus.ACTIVE, { ...inside, room: { ...room, opensAt: 9_000 } }],
    ['let in, when the room is closed', TokenStatus.ACTIVE, { ...inside, room: { ...room, closed: true } }],
    ['let in, pass run out', TokenStatus.EXPIRED, { ...inside, now: 61_000 }],
    ['let in, pass run out, when all is sold', TokenStatus.SOLD_OUT, { ...inside, now: 61_000, soldOut: true }],
    ['paid', TokenStatus.EXPIRED, { ...inside, place: { ...inside.place, ended: 'paid' }, soldOut: true }],
    ['waiting, when all is sold', TokenStatus.SOLD_OUT, { soldOut: true }],
    ['waiting, when the room is closed', TokenStatus.EXPIRED, { room: { ...room, closed: true } }],
  ])('%s', (_name, status, change) => {
    expect(stand(change).status).toBe(status);
  });

  it('has a pass exactly when it is active', () => {
    expect(stand(inside).passExpiresAt).toBe(61_000);
    expect(stand({ ...inside, now: 60_999 }).status).toBe(TokenStatus.ACTIVE);
    expect(stand({ ...inside, place: { ...inside.place, ended: 'paid' } })).not.toHaveProperty('passExpiresAt');
    expect(stand({})).not.toHaveProperty('passExpiresAt');
  });
});

describe('what a waiting person is told', () => {
  it('counts those ahead and estimates from the faster of measured and slowest rate', () => {
    expect(stand({})).toMatchObject({ ahead: 4, etaSeconds: 8 });
    expect(stand({ slowestRate: 4 }).etaSeconds).toBe(1);
    expect(stand({ slowestRate: 0, serving: nobodyServed }).etaSeconds).toBe(0xffff_ffff);
    expect(stand({ room: { ...room, opensAt: 12_000 } })).toMatchObject({ ahead: 4, etaSeconds: 18 });
    expect(stand({ serving: missed, position: 13 }).ahead).toBe(1);
    expect(stand({ serving: missed, position: 21 }).ahead).toBe(2);
    expect(stand({ serving: called }).ahead).toBe(0);
  });

  it('counts nobody who has left, ahead or behind', () => {
    const left = [12, 14, 17].reduce((state, position) => endPlace(state, { joinNumber: position, position, how: 'left' }), serving);
    expect(stand({ serving: left })).toMatchObject({ ahead: 2, etaSeconds: 4 });
    expect(countWaiting(left, 100)).toBe(87);
  });

  it('never gets a later place or a worse status while the counter goes on', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50_000 }), fc.nat(50_000), fc.nat(50_000), (position, one, other) => {
        const [early, late] = [Math.min(one, other), Math.max(one, other)].map((served) =>
          stand({ position, serving: { ...nobodyServed, serving: served } }),
        );
        expect(late!.ahead).toBeLessThanOrEqual(early!.ahead);
        if (early!.status !== TokenStatus.WAITING) expect(late!.status).not.toBe(TokenStatus.WAITING);
      }),
    );
  });

  it('polls every second at the front and every 15 seconds at the back, ±10 %, the same each time', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4_000_000 }), (position) => {
        const { ahead, pollAfterMs } = stand({ position, serving: nobodyServed });
        const middle = Math.min(15_000, 1_000 + ahead * 2);
        expect(pollAfterMs).toBeGreaterThanOrEqual(Math.floor(middle * 0.9));
        expect(pollAfterMs).toBeLessThanOrEqual(Math.ceil(middle * 1.1));
        expect(stand({ position, serving: nobodyServed }).pollAfterMs).toBe(pollAfterMs);
      }),
    );
    expect(stand({ position: 1, serving: nobodyServed }).pollAfterMs).toBeLessThanOrEqual(1_100);
    expect(stand({ position: 90_000, serving: nobodyServed }).pollAfterMs).toBeGreaterThanOrEqual(13_500);
  });
});
