import { describe, expect, it } from '@jest/globals';
import { TokenStatus } from '@ticketing/contracts/gen/ticketing/queue/v1/queue_pb';
import fc from 'fast-check';
import { release } from '../admission/release.ts';
import { nobodyServed } from '../admission/serving.ts';
import { type StandingInput, standingOf } from './standing.ts';

const serving = release(nobodyServed, { tail: 100, capacity: 10, passTtlMs: 60_000, remainingSeats: undefined, now: 1_000 });
const input: StandingInput = { place: { position: 15 }, serving, opensAt: 0, soldOut: false, slowestRate: 0.5, now: 2_000 };
const stand = (change: Partial<StandingInput>) => standingOf({ ...input, ...change });

describe('the status of a place', () => {
  it.each<[string, TokenStatus, Partial<StandingInput>]>([
    ['before the opening', TokenStatus.PRE_OPEN, { opensAt: 3_000 }],
    ['at the opening', TokenStatus.WAITING, { opensAt: 2_000 }],
    ['behind the serving counter', TokenStatus.WAITING, {}],
    ['let in', TokenStatus.ACTIVE, { place: { position: 10 } }],
    ['let in, when all is sold', TokenStatus.ACTIVE, { place: { position: 10 }, soldOut: true }],
    ['let in, when the opening was moved', TokenStatus.ACTIVE, { place: { position: 10 }, opensAt: 9_000 }],
    ['let in, pass run out', TokenStatus.EXPIRED, { place: { position: 10 }, now: 61_400 }],
    ['let in, pass run out, when all is sold', TokenStatus.SOLD_OUT, { place: { position: 10 }, now: 61_400, soldOut: true }],
    ['paid', TokenStatus.EXPIRED, { place: { position: 10, ended: 'paid' }, soldOut: true }],
    ['waiting, when all is sold', TokenStatus.SOLD_OUT, { soldOut: true }],
  ])('%s', (_name, status, change) => {
    expect(stand(change).status).toBe(status);
  });

  it('has a pass exactly when it is active', () => {
    expect(stand({ place: { position: 10 } }).passExpiresAt).toBe(61_400);
    expect(stand({ place: { position: 10 }, now: 61_399 }).status).toBe(TokenStatus.ACTIVE);
    expect(stand({ place: { position: 10, ended: 'paid' } })).not.toHaveProperty('passExpiresAt');
    expect(stand({})).not.toHaveProperty('passExpiresAt');
  });
});

describe('what a waiting person is told', () => {
  it('counts those ahead and estimates from the faster of measured and slowest rate', () => {
    expect(stand({})).toMatchObject({ ahead: 4, etaSeconds: 8 });
    expect(stand({ slowestRate: 4 }).etaSeconds).toBe(1);
    expect(stand({ slowestRate: 0, serving: nobodyServed }).etaSeconds).toBe(0xffff_ffff);
    expect(stand({ opensAt: 12_000 })).toMatchObject({ ahead: 4, etaSeconds: 18 });
  });

  it('never gets a later place or a worse status while the counter goes on', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50_000 }), fc.nat(50_000), fc.nat(50_000), (position, one, other) => {
        const [early, late] = [Math.min(one, other), Math.max(one, other)].map((served) =>
          stand({ place: { position }, serving: { ...nobodyServed, serving: served } }),
        );
        expect(late!.ahead).toBeLessThanOrEqual(early!.ahead);
        if (early!.status !== TokenStatus.WAITING) expect(late!.status).not.toBe(TokenStatus.WAITING);
      }),
    );
  });

  it('polls every second at the front and every 15 seconds at the back, ±10 %, the same each time', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4_000_000 }), (position) => {
        const { ahead, pollAfterMs } = stand({ place: { position }, serving: nobodyServed });
        const middle = Math.min(15_000, 1_000 + ahead * 2);
        expect(pollAfterMs).toBeGreaterThanOrEqual(Math.floor(middle * 0.9));
        expect(pollAfterMs).toBeLessThanOrEqual(Math.ceil(middle * 1.1));
        expect(stand({ place: { position }, serving: nobodyServed }).pollAfterMs).toBe(pollAfterMs);
      }),
    );
    expect(stand({ place: { position: 1 }, serving: nobodyServed }).pollAfterMs).toBeLessThanOrEqual(1_100);
    expect(stand({ place: { position: 90_000 }, serving: nobodyServed }).pollAfterMs).toBeGreaterThanOrEqual(13_500);
  });
});
