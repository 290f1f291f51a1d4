import { InvocationFailed } from '@ticketing/common/invocation-failed';
import { pollUntil } from '@ticketing/common/poll-until';
import { isRefusal, type Refusal, refuse } from '@ticketing/common/refusal';
import { createTimedCache } from '@ticketing/common/timed-cache';
import { isOver } from '@ticketing/contracts/room-times';
import { type StateStore, swapState } from '../state/swap-state.ts';
import type { FollowRegister } from './follow-register.ts';
import type { HighWater } from './high-water.ts';
import { keptSeconds, keys, newRoom, type Room, roomSchema } from './room.ts';
import type { RoomIndex } from './room-index.ts';
import type { RoomRegister } from './room-register.ts';

export interface Rooms {
  /** The room, at most half a second old. Refuses with `room-not-found` where the concert has none, `concert-not-found` or `waiting-room-lost`. */
  look: (concertId: string) => Promise<Room | Refusal>;
  /** The same, as it is in the store now. */
  reload: (concertId: string) => Promise<Room | Refusal>;
  /** The room, made where the concert has none; refuses with `sale-over` once its last performance has begun. */
  get: (concertId: string) => Promise<Room | Refusal>;
  /** The room as it is in the store now, if it is there. */
  find: (concertId: string) => Promise<Room | undefined>;
  /** Makes the room unless it is there. */
  create: (concertId: string, opensAt: number, endsAt?: number) => Promise<Room | Refusal>;
  /**
   * Makes or changes the room after its concert was changed.
   * @param opensAt counts while the concert can't be asked for
   * @throws InvocationFailed while the register can't be told of the room, which is there all the same
   */
  prepare: (concertId: string, opensAt: number) => Promise<void>;
  /** Changes the given values; the others stay. */
  update: (concertId: string, change: RoomChange) => Promise<Room | Refusal>;
  /** Restarts a room whose state was lost. Refuses with `room-not-lost` while the state is there. */
  restart: (concertId: string, wish: Restart) => Promise<Room | Refusal>;
}

export interface Restart {
  /** Names the request: sent again, it is given the room that it made. */
  key?: string;
  /** Asked before the room is made; a refusal ends it. */
  approve: (lostEpoch: string, epoch: string) => Promise<Refusal | undefined>;
}

export interface RoomChange {
  opensAt?: number | undefined;
  capacity?: number | undefined;
  paused?: boolean | undefined;
  closed?: boolean | undefined;
  passTtlSeconds?: number | undefined;
}

const waitForTwinMs = 2_000;

export function saleOver(): Refusal {
  return refuse('sale-over', 'The last performance of this concert has begun, or it is cancelled.');
}

function notLost(): Refusal {
  return refuse('room-not-lost', 'The waiting room still has its places.');
}

function roomNotFound(): Refusal {
  return refuse('room-not-found', 'This concert has no waiting room at present.');
}

interface RoomParts {
  store: StateStore;
  /** Knows which room a concert has had, even when the state store has forgotten. */
  register: RoomRegister;
  index: RoomIndex;
  /** Brings a room that was read up to what the register knows. */
  follow: FollowRegister;
  clock: () => number;
}

interface KnownRooms extends Pick<Rooms, 'look' | 'reload' | 'get' | 'find' | 'create'> {
  make: (concertId: string) => Promise<Room | Refusal>;
  forget: (concertId: string) => void;
}

function createKnownRooms({ store, register, follow, clock }: RoomParts): KnownRooms {
  const find = async (concertId: string): Promise<Room | undefined> => {
    const entry = await store.getState(keys.room(concertId));
    return entry && roomSchema.parse(entry.value);
  };
  const load = async (concertId: string): Promise<Room | Refusal> => {
    const found = await find(concertId);
    if (found) return follow.check(found);
    const concert = await register.look(concertId);
    if (isRefusal(concert)) return concert;
    // The store forgets a room some days after its sale: then it is not lost.
    if (isOver(concert, clock())) return saleOver();
    if (concert.epoch === undefined) return roomNotFound();
    // Another instance may have made it since we looked: a room is stored before it is registered.
    const made = await find(concertId);
    return made ? follow.check(made) : follow.lost();
  };
  const cache = createTimedCache({ ttlMs: 500, max: 10_000, load });
  const look = async (concertId: string): Promise<Room | Refusal> => {
    const room = await cache.get(concertId);
    return isRefusal(room) && room.code === 'sale-over' ? roomNotFound() : room;
  };
  const reload = (concertId: string): Promise<Room | Refusal> => {
    cache.forget(concertId);
    return look(concertId);
  };
  const create: Rooms['create'] = async (concertId, opensAt, endsAt) => {
    const made = newRoom(concertId, opensAt, endsAt);
    const stored = await swapState(store, keys.room(concertId), roomSchema, (current) => current ?? made, keptSeconds);
    cache.forget(concertId);
    return follow.check(stored ?? made);
  };
  const make = async (concertId: string): Promise<Room | Refusal> => {
    const concert = await register.look(concertId);
    if (isRefusal(concert)) return concert;
    if (isOver(concert, clock())) return saleOver();
    return concert.epoch === undefined ? create(concertId, concert.opensAt, concert.endsAt) : reload(concertId);
  };
  const get = async (concertId: string): Promise<Room | Refusal> => {
    const room = await cache.get(concertId);
    return isRefusal(room) && room.code === 'room-not-found' ? make(concertId) : room;
  };

  return { look, reload, get, find, create, make, forget: cache.forget };
}

export function createRooms(parts: RoomParts): Rooms {
  const { store, register, index, follow } = parts;
  const { look, reload, get, find, create, make, forget } = createKnownRooms(parts);

  const prepare: Rooms['prepare'] = async (concertId, opensAt) => {
    const found = await find(concertId);
    const room = found ? await follow.now(found) : await make(concertId).catch(() => create(concertId, opensAt));
    if (!isRefusal(room) && !follow.hasCompared(room)) {
      throw new InvocationFailed('concert', 'RegisterRoom', 0, `the room of ${concertId} is not registered yet`);
    }
  };

  const update: Rooms['update'] = async (concertId, change) => {
    forget(concertId);
    const room = await get(concertId);
    if (isRefusal(room)) return room;
    const apply = (current: Room | undefined): Room | undefined => current && applyChange(current, change);
    const changed = await swapState(store, keys.room(concertId), roomSchema, apply, keptSeconds);
    forget(concertId);
    if (!changed) return reload(concertId);
    // What opens a room, or lets more people into it, is work for the releaser.
    await index.enter(changed, 0);
    return changed;
  };

  const restart = createRestart({
    ...{ register, find, isBehind: follow.isBehind },
    replace: async (room) => {
      await swapState(store, keys.room(room.concertId), roomSchema, () => room, keptSeconds);
      forget(room.concertId);
    },
  });
  return { look, reload, get, find, create, prepare, update, restart };
}

interface RestartParts extends Pick<Rooms, 'find'>, HighWater {
  register: RoomRegister;
  replace: (room: Room) => Promise<void>;
}

/** The register is changed before the room: a crash in between leaves the room lost, and it is restarted again. */
function createRestart({ register, find, isBehind, replace }: RestartParts): Rooms['restart'] {
  return async (concertId, { key = '', approve }) => {
    const concert = await register.look(concertId);
    if (isRefusal(concert)) return concert;
    // Read after the registration: a room is stored before it is registered.
    const found = await find(concertId);
    if (concert.epoch === undefined) return notLost();
    if (concert.epoch === found?.epoch) {
      if (key !== '' && concert.restartKey === key) return found;
      if (!(await isBehind(found))) return notLost();
    }
    const made = newRoom(concertId, concert.opensAt, concert.endsAt);
    const denied = await approve(concert.epoch, made.epoch);
    if (denied) return denied;
    const entered = await register.replace(made, concert.epoch, key);
    if (typeof entered !== 'string') return (await findTwins({ register, find }, concertId, key)) ?? entered;
    await replace(made);
    return made;
  };
}

/** The room that the same request, sent twice at once, has made meanwhile. */
async function findTwins(
  { register, find }: Pick<RestartParts, 'register' | 'find'>,
  concertId: string,
  key: string,
): Promise<Room | undefined> {
  const concert = await register.look(concertId);
  if (key === '' || isRefusal(concert) || concert.restartKey !== key) return undefined;
  return pollUntil(async () => {
    const found = await find(concertId);
    return found?.epoch === concert.epoch ? found : undefined;
  }, waitForTwinMs);
}

function applyChange(room: Room, change: RoomChange): Room {
  return {
    ...room,
    opensAt: change.opensAt ?? room.opensAt,
    capacity: change.capacity ?? room.capacity,
    paused: change.paused ?? room.paused,
    closed: change.closed ?? room.closed,
    passTtlSeconds: change.passTtlSeconds ?? room.passTtlSeconds,
  };
}
