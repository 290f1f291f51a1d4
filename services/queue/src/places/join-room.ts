import { createMicroBatcher } from '@ticketing/common/micro-batcher';
import { isRefusal, type Refusal, refuse } from '@ticketing/common/refusal';
import { createCounter } from '@ticketing/common/telemetry';
import type { Counters } from '../admission/counters.ts';
import type { Draws } from '../draw/draw.ts';
import type { Room } from '../rooms/room.ts';
import type { RoomIndex } from '../rooms/room-index.ts';
import type { Rooms } from '../rooms/rooms.ts';
import type { StateStore } from '../state/swap-state.ts';
import type { Places } from './places.ts';
import { OtherEpoch, type TakenPlace, takePlaces } from './take-places.ts';

/** A place that was given, and the room that it is in. */
export interface JoinedPlace extends TakenPlace {
  room: Room;
}

export type JoinRoom = (concertId: string, userId: string) => Promise<JoinedPlace | Refusal>;

const joinsPerBatch = 200;
const joins = createCounter('ticketing_queue_joins_total', 'Places that were taken in the waiting rooms');

/** Joins that come together take their places together. The answer is given when the place is stored. */
export function createJoinRoom(parts: {
  store: StateStore;
  rooms: Rooms;
  index: RoomIndex;
  counters: Counters;
  places: Places;
  draws: Draws;
  clock: () => number;
}): JoinRoom {
  const { store, rooms, index, counters, places, draws, clock } = parts;

  const joinAll = async (room: Room, certain: boolean, userIds: string[]): Promise<JoinedPlace[]> => {
    await index.add(room);
    const serving = await counters.get(room);
    const taken = await takePlaces(store, { room, certain, userIds, serving, draws, now: clock() });
    return taken.map(({ place, created }, index) => {
      const userId = userIds[index];
      if (userId !== undefined) places.remember(room, userId, place, serving);
      if (created) joins.add(1);
      return { room, place, created };
    });
  };

  return createMicroBatcher<string, JoinedPlace | Refusal>({ limit: joinsPerBatch }, async (concertId, userIds) => {
    const room = await rooms.get(concertId);
    if (isRefusal(room)) return userIds.map(() => room);
    if (room.closed) return userIds.map(() => refuse('room-closed', 'The waiting room of this concert is closed.'));
    try {
      return await joinAll(room, false, userIds);
    } catch (error) {
      if (!(error instanceof OtherEpoch)) throw error;
    }
    const certain = await rooms.reload(concertId);
    return isRefusal(certain) ? userIds.map(() => certain) : joinAll(certain, true, userIds);
  });
}
