import { isRefusal, type Refusal } from '@ticketing/common/refusal';
import { createTimedCache } from '@ticketing/common/timed-cache';
import { type StateStore, swapState } from '../state/swap-state.ts';
import { keys, newRoom, type Room, roomSchema } from './room.ts';

export interface Rooms {
  /** The room, at most one second old. An unknown one is made, unless there is no such concert. */
  get: (concertId: string) => Promise<Room | Refusal>;
  /** The room as it is in the store now; made when it is unknown. */
  reload: (concertId: string) => Promise<Room | Refusal>;
  /** The room as it is in the store now, if it is there. */
  find: (concertId: string) => Promise<Room | undefined>;
  /** Makes the room unless it is there. @param opensAt milliseconds since 1970 */
  create: (concertId: string, opensAt: number) => Promise<Room>;
  /** Changes what is given and leaves the rest. */
  update: (concertId: string, change: RoomChange) => Promise<Room | Refusal>;
}

export interface RoomChange {
  opensAt?: number | undefined;
  capacity?: number | undefined;
  paused?: boolean | undefined;
  passTtlSeconds?: number | undefined;
}

/** @param askOpening says when the sale of a concert opens, in milliseconds since 1970, or that there is no such concert */
export function createRooms(store: StateStore, askOpening: (concertId: string) => Promise<number | Refusal>): Rooms {
  const find = async (concertId: string): Promise<Room | undefined> => {
    const entry = await store.getState(keys.room(concertId));
    return entry && roomSchema.parse(entry.value);
  };
  const create = async (concertId: string, opensAt: number): Promise<Room> => {
    const made = newRoom(concertId, opensAt);
    const stored = await swapState(store, keys.room(concertId), roomSchema, (current) => current ?? made);
    cache.forget(concertId);
    return stored ?? made;
  };
  const load = async (concertId: string): Promise<Room | Refusal> => {
    const found = await find(concertId);
    if (found) return found;
    const opensAt = await askOpening(concertId);
    return typeof opensAt === 'number' ? create(concertId, opensAt) : opensAt;
  };
  const cache = createTimedCache({ ttlMs: 1_000, max: 10_000, load });
  const reload = (concertId: string): Promise<Room | Refusal> => {
    cache.forget(concertId);
    return cache.get(concertId);
  };

  const update = async (concertId: string, change: RoomChange): Promise<Room | Refusal> => {
    const room = await reload(concertId);
    if (isRefusal(room)) return room;
    const changed = await swapState(store, keys.room(concertId), roomSchema, (current = room) => ({
      ...current,
      opensAt: change.opensAt ?? current.opensAt,
      capacity: change.capacity ?? current.capacity,
      paused: change.paused ?? current.paused,
      passTtlSeconds: change.passTtlSeconds ?? current.passTtlSeconds,
    }));
    cache.forget(concertId);
    return changed ?? room;
  };
  return { get: cache.get, reload, find, create, update };
}
