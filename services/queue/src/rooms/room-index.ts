import { z } from 'zod';
import { type StateStore, swapState } from '../state/swap-state.ts';
import { keys, type Room } from './room.ts';

const indexKeptSeconds = 400 * 86_400;
const indexSchema = z.object({ concertIds: z.array(z.string()) });

/** The rooms that somebody has joined: those that the releaser must walk. */
export interface RoomIndex {
  add: (room: Room) => Promise<void>;
  list: () => Promise<string[]>;
}

export function createRoomIndex(store: StateStore): RoomIndex {
  // By epoch: a room that was lost and made anew has to be entered again.
  const entered = new Set<string>();
  return {
    add: async ({ concertId, epoch }) => {
      if (entered.has(epoch)) return;
      const enter = (current: z.infer<typeof indexSchema> = { concertIds: [] }): z.infer<typeof indexSchema> =>
        current.concertIds.includes(concertId) ? current : { concertIds: [...current.concertIds, concertId] };
      await swapState(store, keys.index, indexSchema, enter, indexKeptSeconds);
      entered.add(epoch);
    },
    list: async () => {
      const entry = await store.getState(keys.index);
      return entry ? indexSchema.parse(entry.value).concertIds : [];
    },
  };
}
