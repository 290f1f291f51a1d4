import { createMicroBatcher } from '@ticketing/common/micro-batcher';
import { isRefusal, type Refusal, refuse } from '@ticketing/common/refusal';
import { createCounter } from '@ticketing/common/telemetry';
import type { Serving } from '../admission/serving.ts';
import { closeDraw, type DrawParts } from '../draw/close-draw.ts';
import type { Draws } from '../draw/draw.ts';
import type { Room } from '../rooms/room.ts';
import type { RoomIndex } from '../rooms/room-index.ts';
import type { Rooms } from '../rooms/rooms.ts';
import { returnToDraw } from './absences.ts';
import type { Places } from './places.ts';
import { DrawClosed, OtherEpoch, type TakenPlace, takePlaces } from './take-places.ts';

/** A place that was given, and the room that it is in. */
export interface JoinedPlace extends Omit<TakenPlace, 'refused'> {
  room: Room;
}

export type JoinRoom = (concertId: string, userId: string) => Promise<JoinedPlace | Refusal>;

const joinsPerBatch = 200;
const joins = createCounter('ticketing_queue_joins_total', 'Places that were taken in the waiting rooms');

/** Joins that come together take their places together. The answer is given when the place is stored. */
export function createJoinRoom(
  parts: DrawParts & {
    rooms: Pick<Rooms, 'get' | 'reload'>;
    index: RoomIndex;
    places: Places;
    draws: Draws;
    /** How many places a person may take in a room, one after the other. */
    mostPlaces: () => number;
    clock: () => number;
  },
): JoinRoom {
  const { store, rooms, index, counters, absences, places, draws, mostPlaces, clock } = parts;

  const takeAll = (room: Room, certain: boolean, userIds: string[], serving: Serving): Promise<TakenPlace[]> =>
    takePlaces(store, { room, certain, userIds, serving, draws, mostPlaces: mostPlaces(), now: clock() });

  /** Before the draw, whoever comes back has the join number again that was left; what was left by the draw is over. */
  const takeOrReturn = async (room: Room, certain: boolean, userIds: string[], serving: Serving): Promise<TakenPlace[]> => {
    const taken = await takeAll(room, certain, userIds, serving);
    if (serving.drawn !== undefined) return taken;
    const again = taken.filter(({ place, created }) => !created && place.position === undefined);
    const joinNumbers = again.map(({ place }) => place.joinNumber);
    if (again.length === 0 || (await returnToDraw(absences, room, joinNumbers))) return taken;
    throw new DrawClosed();
  };

  const joinAll = async (room: Room, certain: boolean, userIds: string[]): Promise<(JoinedPlace | Refusal)[]> => {
    await index.add(room);
    let serving = await counters.get(room);
    const taken = await takeOrReturn(room, certain, userIds, serving).catch(async (error: unknown) => {
      if (!(error instanceof DrawClosed)) throw error;
      serving = await closeDraw(parts, room);
      return takeAll(room, certain, userIds, serving);
    });
    return taken.map(({ place, created, refused }, index) => {
      const userId = userIds[index];
      if (refused) return tooManyJoins();
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

function tooManyJoins(): Refusal {
  return refuse('too-many-joins', 'You have taken as many places in this waiting room as a person may take.');
}
