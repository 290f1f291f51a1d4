import { createMicroBatcher } from '@ticketing/common/micro-batcher';
import { isRefusal, type Refusal, refuse } from '@ticketing/common/refusal';
import { createCounter } from '@ticketing/common/telemetry';
import { isOver } from '@ticketing/contracts/room-times';
import { enteredForMs } from '../admission/agenda.ts';
import { lastPlace, type Serving } from '../admission/serving.ts';
import { closeDraw, type DrawParts } from '../draw/close-draw.ts';
import type { Draws } from '../draw/draw.ts';
import type { Room } from '../rooms/room.ts';
import type { RoomIndex } from '../rooms/room-index.ts';
import { type Rooms, saleOver } from '../rooms/rooms.ts';
import { returnToDraw } from './absences.ts';
import type { JoinedRooms } from './joined-rooms.ts';
import type { Places } from './places.ts';
import { DrawClosed, OtherEpoch, type TakenPlace, takePlaces } from './take-places.ts';

/** A place that was given, and the room that it is in. */
export interface JoinedPlace extends Omit<TakenPlace, 'refused'> {
  room: Room;
  /** How many had left the line before the place was taken, or read. */
  departures: number;
}

export type JoinRoom = (concertId: string, userId: string) => Promise<JoinedPlace | Refusal>;

const joinsPerBatch = 200;
// More often than the releaser forgets a room.
const enteredAgainMs = enteredForMs / 2;
// Less long than the releaser goes on looking at a room that was entered.
const wokenAgainMs = 2_000;
const joins = createCounter('ticketing_queue_joins_total', 'Places that were taken in the waiting rooms');

interface JoinParts extends DrawParts {
  rooms: Pick<Rooms, 'get' | 'reload'>;
  index: Pick<RoomIndex, 'enter'>;
  joinedRooms: JoinedRooms;
  places: Places;
  draws: Draws;
  /** How many places a person may take in a room, one after the other. */
  mostPlaces: () => number;
  /** How long before the opening a room may be joined, in milliseconds. */
  joinsOpenMs: () => number;
  clock: () => number;
}

/** Gives people places in a room. @param certain the room was just read from the store */
function createTakePlaces(parts: JoinParts): (room: Room, certain: boolean, userIds: string[]) => Promise<(JoinedPlace | Refusal)[]> {
  const { store, index, counters, absences, places, draws, mostPlaces, clock } = parts;

  const takeAll = (room: Room, certain: boolean, userIds: string[], serving: Serving): Promise<TakenPlace[]> =>
    takePlaces(store, { room, certain, userIds, serving, draws, mostPlaces: mostPlaces(), now: clock() });

  /** Before the draw, a person who comes back gets the same join number again. A place that was left is gone once the draw is closed. */
  const takeOrReturn = async (room: Room, certain: boolean, userIds: string[], serving: Serving): Promise<TakenPlace[]> => {
    const taken = await takeAll(room, certain, userIds, serving);
    if (serving.drawn !== undefined) return taken;
    const again = taken.filter(({ place, created }) => !created && place.position === undefined);
    const joinNumbers = again.map(({ place }) => place.joinNumber);
    if (again.length === 0 || (await returnToDraw(absences, room, joinNumbers))) return taken;
    throw new DrawClosed();
  };

  return async (room, certain, userIds) => {
    await index.enter(room, enteredAgainMs);
    let serving = await counters.get(room);
    const taken = await takeOrReturn(room, certain, userIds, serving).catch(async (error: unknown) => {
      if (!(error instanceof DrawClosed)) throw error;
      serving = await closeDraw(parts, room);
      return takeAll(room, certain, userIds, serving);
    });
    // The releaser looks less often at a room without waiting people.
    const isNext = ({ place, created }: TakenPlace): boolean => created && lastPlace(serving, place.joinNumber) <= serving.serving + 1;
    if (taken.some(isNext)) await index.enter(room, wokenAgainMs);
    return taken.map(({ place, created, refused }, index) => {
      const userId = userIds[index];
      if (refused) return tooManyJoins();
      if (userId !== undefined) places.remember(room, userId, place, serving);
      if (created) joins.add(1);
      return { room, place, created, departures: serving.departures.count };
    });
  };
}

/** Joins that come together take their places together. The answer is given when the place is stored. */
export function createJoinRoom(parts: JoinParts): JoinRoom {
  const { rooms, joinedRooms, joinsOpenMs, clock } = parts;
  const joinAll = createTakePlaces(parts);

  const joinCertainly = async (room: Room, userIds: string[]): Promise<(JoinedPlace | Refusal)[]> => {
    try {
      return await joinAll(room, false, userIds);
    } catch (error) {
      if (!(error instanceof OtherEpoch)) throw error;
    }
    const certain = await rooms.reload(room.concertId);
    return isRefusal(certain) ? userIds.map(() => certain) : joinAll(certain, true, userIds);
  };

  return createMicroBatcher<string, JoinedPlace | Refusal>({ limit: joinsPerBatch }, async (concertId, userIds) => {
    const room = await rooms.get(concertId);
    if (isRefusal(room)) return userIds.map(() => room);
    const refusal = refusalOf(room, clock(), joinsOpenMs());
    if (refusal) return userIds.map(() => refusal);
    const refused = await joinedRooms.enter(room, userIds);
    const allowed = userIds.filter((userId) => !refused.has(userId));
    const joined = allowed.length > 0 ? await joinCertainly(room, allowed) : [];
    return userIds.map((userId) => refused.get(userId) ?? joined.shift() ?? unanswered());
  });
}

/** The refusal of every join at this time, if any. */
function refusalOf(room: Room, now: number, joinsOpenMs: number): Refusal | undefined {
  if (isOver(room, now)) return saleOver();
  if (room.closed) return refuse('room-closed', 'The waiting room of this concert is closed.');
  if (room.opensAt - now <= joinsOpenMs) return undefined;
  return refuse('room-not-open-yet', `Nobody can join before ${new Date(room.opensAt - joinsOpenMs).toISOString()}.`);
}

function tooManyJoins(): Refusal {
  return refuse('too-many-joins', 'You have taken as many places in this waiting room as a person may take.');
}

function unanswered(): never {
  throw new Error('a join got no answer');
}
