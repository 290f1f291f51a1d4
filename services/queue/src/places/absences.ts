import { type NumberSet, noNumbers, numberSetSchema } from '@ticketing/contracts/number-set';
import { z } from 'zod';
import { keys, type Room } from '../rooms/room.ts';
import { createSharedState, type SharedState } from '../state/shared-state.ts';
import type { StateStore } from '../state/swap-state.ts';

/**
 * Who has left a room that is not drawn yet, as stored. Before the draw this alone says whether somebody is in the room: leaving and
 * coming back are one write each, and closing the draw is another one on the same record, so that each of them comes before or after it.
 */
const absencesSchema = z.object({
  joinNumbers: numberSetSchema,
  /** Closed by the draw: no absence is added or removed after it. */
  closed: z.boolean(),
});

export type Absences = SharedState<z.infer<typeof absencesSchema>>;

export function createAbsences(store: StateStore): Absences {
  return createSharedState(store, {
    schema: absencesSchema,
    empty: { joinNumbers: noNumbers, closed: false },
    keyOf: keys.absences,
  });
}

/** Takes a join number out of the coming draw. @returns false when the draw was closed before */
export async function leaveDraw(absences: Absences, room: Room, joinNumber: number): Promise<boolean> {
  const { joinNumbers } = await absences.change(room, (current) => change(current, current.joinNumbers.with(joinNumber)));
  return joinNumbers.has(joinNumber);
}

/** Takes people who are back into the coming draw again. @returns false when some of them had left before the draw was closed */
export async function returnToDraw(absences: Absences, room: Room, joinNumbers: number[]): Promise<boolean> {
  const after = await absences.change(room, (current) =>
    change(
      current,
      joinNumbers.reduce((left, joinNumber) => left.without(joinNumber), current.joinNumbers),
    ),
  );
  return !joinNumbers.some((joinNumber) => after.joinNumbers.has(joinNumber));
}

/** @returns who had left before the draw */
export async function closeAbsences(absences: Absences, room: Room): Promise<NumberSet> {
  const { joinNumbers } = await absences.change(room, (current) => (current.closed ? current : { ...current, closed: true }));
  return joinNumbers;
}

function change(current: z.infer<typeof absencesSchema>, joinNumbers: NumberSet): z.infer<typeof absencesSchema> {
  return current.closed || joinNumbers === current.joinNumbers ? current : { ...current, joinNumbers };
}
