import { crashPoint } from '@ticketing/common/crash-point';
import { endPlace } from '../admission/serving.ts';
import type { Context } from '../context.ts';
import { keptSeconds, keys, type Room } from '../rooms/room.ts';
import { swapState } from '../state/swap-state.ts';
import { type Place, placeSchema, positionOf } from './place.ts';

/**
 * Ends a person's place and then frees what it has, in this order: a crash in between keeps a slot taken until its pass runs out,
 * while the other order could let two people into one slot. Done again, it frees what was not freed.
 * @param end the place as it shall be, or the same object to leave it
 * @returns the place before, when it was in this room, and whether this call ended it
 */
export async function changePlace(
  ctx: Context,
  room: Room,
  userId: string,
  end: (place: Place) => Place | Promise<Place>,
): Promise<{ before: Place | undefined; ended: boolean }> {
  let before: Place | undefined;
  const change = (current: Place | undefined): Place | undefined | Promise<Place> => {
    before = current?.epoch === room.epoch ? current : undefined;
    return before && end(before);
  };
  const after = await swapState(ctx.sidecar, keys.place(room.concertId, userId), placeSchema, change, keptSeconds(room));
  ctx.places.forget(room.concertId, userId);
  if (!before || !after?.ended) return { before, ended: false };
  await crashPoint('place.after-end');
  const { joinNumber, ended: how } = after;
  const position = await positionOf(ctx.draws, room, after, await ctx.counters.reload(room));
  if (position === undefined) return { before, ended: !before.ended };
  await ctx.counters.change(room, (serving) => endPlace(serving, { joinNumber, position, how }));
  return { before, ended: !before.ended };
}
