import type { ReleaseLimits } from '../admission/release.ts';
import { release } from '../admission/release.ts';
import { type Serving, servingSchema } from '../admission/serving.ts';
import { type TakeLimits, takePass } from '../admission/take-pass.ts';

/** Limits of a room that has room, seats and a line; times are milliseconds. */
export const limits: ReleaseLimits & TakeLimits = {
  tail: 1_000,
  capacity: 50,
  overbooking: 3,
  noShowMs: 45_000,
  graceMs: 600_000,
  passTtlMs: 600_000,
  seats: undefined,
  now: 1_000,
};

/** The people from `from` to `to` take their passes. */
export function takeAll(serving: Serving, from: number, to: number, change: Partial<TakeLimits> = {}): Serving {
  let taken = serving;
  for (let position = from; position <= to; position += 1) taken = takePass(taken, position, { ...limits, ...change });
  return taken;
}

/** The first places of a line are called, and all of them have come. */
export function letIn(serving: Serving, change: Partial<ReleaseLimits & TakeLimits> = {}): Serving {
  const called = release(serving, { ...limits, ...change });
  return takeAll(called, serving.serving + 1, called.serving, change);
}

/** As another instance reads it from the store. */
export function stored(serving: Serving): Serving {
  return servingSchema.parse(JSON.parse(JSON.stringify(serving)));
}
