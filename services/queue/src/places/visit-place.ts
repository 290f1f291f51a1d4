import { isCalled, passEnd, type Serving } from '../admission/serving.ts';
import { type TakeLimits, takePass } from '../admission/take-pass.ts';
import type { Context } from '../context.ts';
import { keptSeconds, keys, letsIn, type Room } from '../rooms/room.ts';
import { swapState } from '../state/swap-state.ts';
import { isStanding, type Place, placeSchema, positionOf } from './place.ts';

/** A place as it was read, with the state of its room at that time. */
export interface Visit {
  place: Place;
  /** Undefined until it is drawn. */
  position: number | undefined;
  serving: Serving;
}

/** Reads a person's place; a called person takes the pass by that. Undefined when there is no place. */
export async function findVisit(ctx: Context, room: Room, userId: string): Promise<Visit | undefined> {
  const serving = await ctx.counters.get(room);
  const place = await ctx.places.find(room, userId, serving);
  if (!place) return undefined;
  const visit = await visitPlace(ctx, room, userId, place, serving);
  const current = isStanding(visit.place, visit.position, visit.serving, ctx.clock())
    ? visit
    : // A remembered place that has ended may have been followed by another one, taken through another instance.
      await visitAgain(ctx, room, userId, serving);
  return current && (await leftBeforeDraw(ctx, room, current)) ? undefined : current;
}

async function visitAgain(ctx: Context, room: Room, userId: string, serving: Serving): Promise<Visit | undefined> {
  const current = await ctx.places.reload(room, userId, serving);
  return current && visitPlace(ctx, room, userId, current, serving);
}

async function leftBeforeDraw({ absences }: Context, room: Room, { place, position, serving }: Visit): Promise<boolean> {
  if (position !== undefined) return false;
  if (serving.drawn !== undefined) return true;
  const { joinNumber } = place;
  // A person who seems to have left may have come back through another instance.
  return (await absences.get(room)).joinNumbers.has(joinNumber) && (await absences.reload(room)).joinNumbers.has(joinNumber);
}

/**
 * Takes the pass of a place when it is its turn. What is known of the room decides whether the store is asked at all; the
 * compare-and-set on the serving state decides whether there is a slot. The place is marked after that: after a crash in between,
 * the next visit with the pass marks it.
 */
export async function visitPlace(ctx: Context, room: Room, userId: string, place: Place, serving: Serving): Promise<Visit> {
  const position = await positionOf(ctx.draws, room, place, serving);
  const now = ctx.clock();
  const seen = { place, position, serving };
  if (position === undefined || place.ended || !letsIn(room, now)) return seen;
  const limits = takeLimits(ctx, room, now);
  if (takePass(serving, position, limits) === serving) {
    const isUnmarked = !place.taken && passEnd(serving, position, now) !== undefined;
    return isUnmarked ? { ...seen, place: await markFound(ctx, room, userId, place, serving) } : seen;
  }
  // A missed call is told from a used pass by the place, which another instance may have changed.
  const current = isCalled(serving, position) ? place : await ctx.places.reload(room, userId, serving);
  if (!current || current.ended || (current.taken && !isCalled(serving, position))) return { ...seen, place: current ?? place };
  if ((await ctx.seatsLeft(room.concertId)).soldOut) return seen;
  const after = await ctx.counters.change(room, (latest) => takePass(latest, position, limits));
  const taken = passEnd(after, position, now) !== undefined;
  // A turn at the front is work for the releaser.
  if (!taken) await ctx.index.enter(room, 2_000);
  return { position, serving: after, place: taken ? await markTaken(ctx, room, userId, current, after) : current };
}

function takeLimits(ctx: Context, room: Room, now: number): TakeLimits {
  const { capacity, passTtlSeconds } = ctx.admissionOf(room);
  return { capacity, passTtlMs: passTtlSeconds * 1_000, now };
}

/** Marks the place of an existing pass, if the instance that gave the pass has not done so. */
async function markFound(ctx: Context, room: Room, userId: string, place: Place, serving: Serving): Promise<Place> {
  const current = await ctx.places.reload(room, userId, serving);
  return current?.joinNumber === place.joinNumber && !current.ended ? markTaken(ctx, room, userId, current, serving) : (current ?? place);
}

async function markTaken(ctx: Context, room: Room, userId: string, place: Place, serving: Serving): Promise<Place> {
  if (place.taken) return place;
  const mark = (current: Place | undefined): Place | undefined =>
    current?.epoch === room.epoch && current.joinNumber === place.joinNumber && !current.taken ? { ...current, taken: true } : current;
  const stored = await swapState(ctx.sidecar, keys.place(room.concertId, userId), placeSchema, mark, keptSeconds(room));
  if (!stored) return place;
  ctx.etaWatch.keep(keys.place(room.concertId, userId));
  ctx.places.remember(room, userId, stored, serving);
  return stored;
}
