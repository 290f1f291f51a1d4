import { crashPoint } from '@ticketing/common/crash-point';
import type { Counters } from '../admission/counters.ts';
import type { Serving } from '../admission/serving.ts';
import { type Absences, closeAbsences } from '../places/absences.ts';
import { emptyTail, type Tail, tailSchema } from '../places/take-places.ts';
import { keptSeconds, keys, type Room } from '../rooms/room.ts';
import { type StateStore, swapState } from '../state/swap-state.ts';

export interface DrawParts {
  store: StateStore;
  counters: Counters;
  absences: Absences;
}

/**
 * Closes the draw of a room that has opened, in three writes that any instance may go on with: no more join numbers for it; nobody
 * leaves it or comes back to it; and it is known to all. Only after the last one its seed may be shown. Who joins after the first,
 * leaves after the second, or comes back after it does so behind the draw.
 * @returns the serving state with the draw
 */
export async function closeDraw({ store, counters, absences }: DrawParts, room: Room): Promise<Serving> {
  const close = (current = emptyTail): Tail => (current.drawn === undefined ? { ...current, drawn: current.tail } : current);
  const line = await swapState(store, keys.tail(room), tailSchema, close, keptSeconds(room));
  const drawn = line?.drawn ?? 0;
  await crashPoint('draw.after-line');
  const absent = (await closeAbsences(absences, room)).count(1, drawn);
  await crashPoint('draw.after-absences');
  return counters.change(room, (serving) => (serving.drawn === undefined ? { ...serving, drawn, absent } : serving));
}
