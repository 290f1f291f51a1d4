import { type Refusal, refuse } from '@ticketing/common/refusal';
import { z } from 'zod';
import { keys, type Room } from '../rooms/room.ts';
import { type StateStore, swapState } from '../state/swap-state.ts';

/** The rooms that a person is in, by concert: until when each of them counts, in milliseconds since 1970. */
const joinedSchema = z.record(z.string(), z.int());
type Joined = z.infer<typeof joinedSchema>;

/** Bounds how many rooms a person is in at a time. */
export interface JoinedRooms {
  /** Counts the room for each of these people. @returns why not, for those who are in too many */
  enter: (room: Room, userIds: string[]) => Promise<Map<string, Refusal>>;
  /** The person has left that room. */
  leave: (concertId: string, userId: string) => Promise<void>;
}

const dayMs = 86_400_000;
const countedWithoutEndMs = 30 * dayMs;

/** @param most how many rooms a person may be in */
export function createJoinedRooms(store: StateStore, most: () => number, clock: () => number): JoinedRooms {
  const kept = (joined: Joined): number => Math.max(1, Math.ceil((Math.max(0, ...Object.values(joined)) - clock()) / 1_000));

  /** What a person is in with this room; undefined when that is too much, and the same object when it is counted. */
  const withRoom = (current: Joined, room: Room): Joined | undefined => {
    const now = clock();
    const until = room.endsAt ?? Math.max(room.opensAt, now) + countedWithoutEndMs;
    // Without an end it is counted on when most of its time is over.
    if ((current[room.concertId] ?? 0) > Math.min(until - 1, now + countedWithoutEndMs / 2)) return current;
    const others = Object.entries(current).filter(([concertId, end]) => concertId !== room.concertId && end > now);
    return others.length >= most() ? undefined : { ...Object.fromEntries(others), [room.concertId]: until };
  };
  const enterOne = async (room: Room, userId: string): Promise<boolean> => {
    let fits = true;
    const enter = (current: Joined = {}): Joined | undefined => {
      const joined = withRoom(current, room);
      fits = joined !== undefined;
      return joined;
    };
    await swapState(store, keys.joined(userId), joinedSchema, enter, kept);
    return fits;
  };

  return {
    enter: async (room, userIds) => {
      const people = [...new Set(userIds)];
      const values = await store.getStates(people.map(keys.joined));
      const newcomers = people.filter((userId) => !values.has(keys.joined(userId)));
      const first = withRoom({}, room) ?? {};
      const created =
        newcomers.length === 0 ||
        (await store.saveStates(newcomers.map((userId) => ({ key: keys.joined(userId), value: first, ttlSeconds: kept(first) }))));
      const isCounted = (userId: string): boolean => {
        const current = joinedSchema.optional().parse(values.get(keys.joined(userId))?.value);
        return current ? withRoom(current, room) === current : created;
      };
      const others = people.filter((userId) => !isCounted(userId));
      const outcomes = await Promise.all(others.map(async (userId) => [userId, await enterOne(room, userId)] as const));
      return new Map(outcomes.flatMap(([userId, fits]) => (fits ? [] : [[userId, tooManyRooms()] as const])));
    },
    leave: async (concertId, userId) => {
      const leave = (current: Joined | undefined): Joined | undefined => {
        if (current?.[concertId] === undefined) return undefined;
        return Object.fromEntries(Object.entries(current).filter(([id]) => id !== concertId));
      };
      await swapState(store, keys.joined(userId), joinedSchema, leave, kept);
    },
  };
}

function tooManyRooms(): Refusal {
  return refuse(
    'too-many-rooms',
    'You are in as many waiting rooms as a person may be in. Leave one, or wait until one of the sales is over.',
  );
}
