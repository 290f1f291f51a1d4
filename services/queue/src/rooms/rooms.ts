import type { Logger } from '@ticketing/common/log';
import { isRefusal, type Refusal, refuse } from '@ticketing/common/refusal';
import { createCounter } from '@ticketing/common/telemetry';
import { createTimedCache } from '@ticketing/common/timed-cache';
import { type StateStore, swapState } from '../state/swap-state.ts';
import { keptSeconds, keys, newRoom, type Room, roomSchema } from './room.ts';
import type { RoomRegister } from './room-register.ts';

export interface Rooms {
  /** The room, at most one second old. An unknown one is made, unless there is no such concert or its room has been lost. */
  get: (concertId: string) => Promise<Room | Refusal>;
  /** The room as it is in the store now; made when it is unknown. */
  reload: (concertId: string) => Promise<Room | Refusal>;
  /** The room as it is in the store now, if it is there. */
  find: (concertId: string) => Promise<Room | undefined>;
  /** Makes the room unless it is there. @param opensAt milliseconds since 1970 */
  create: (concertId: string, opensAt: number) => Promise<Room | Refusal>;
  /** Changes what is given and leaves the rest. */
  update: (concertId: string, change: RoomChange) => Promise<Room | Refusal>;
  /** Makes a room anew whose state has been lost. Refuses with `room-not-lost` while it is there. */
  restart: (concertId: string) => Promise<Room | Refusal>;
}

export interface RoomChange {
  opensAt?: number | undefined;
  capacity?: number | undefined;
  paused?: boolean | undefined;
  closed?: boolean | undefined;
  passTtlSeconds?: number | undefined;
}

const lostRooms = createCounter('ticketing_queue_rooms_found_lost_total', 'Looks at a waiting room that found its state lost');

function lost(): Refusal {
  lostRooms.add(1);
  return refuse(
    'waiting-room-lost',
    'The places of this waiting room have been lost. It opens again, for new places, when an operator says so.',
  );
}

/** @param register knows which room a concert has had, even when the state store has forgotten */
export function createRooms(store: StateStore, register: RoomRegister, log: Logger): Rooms {
  lostRooms.add(0);
  const checkIn = createCheckIn(register, log);
  const find = async (concertId: string): Promise<Room | undefined> => {
    const entry = await store.getState(keys.room(concertId));
    return entry && roomSchema.parse(entry.value);
  };
  const create = async (concertId: string, opensAt: number): Promise<Room | Refusal> => {
    const made = newRoom(concertId, opensAt);
    const stored = await swapState(store, keys.room(concertId), roomSchema, (current) => current ?? made, keptSeconds(made));
    cache.forget(concertId);
    return checkIn(stored ?? made);
  };
  const load = async (concertId: string): Promise<Room | Refusal> => {
    const found = await find(concertId);
    if (found) return checkIn(found);
    const concert = await register.look(concertId);
    if (isRefusal(concert)) return concert;
    if (concert.epoch === undefined) return create(concertId, concert.opensAt);
    // Another instance may have made it since we looked: a room is stored before it is registered.
    const made = await find(concertId);
    return made ? checkIn(made) : lost();
  };
  const cache = createTimedCache({ ttlMs: 1_000, max: 10_000, load });
  const reload = (concertId: string): Promise<Room | Refusal> => {
    cache.forget(concertId);
    return cache.get(concertId);
  };

  const update = async (concertId: string, change: RoomChange): Promise<Room | Refusal> => {
    const room = await reload(concertId);
    if (isRefusal(room)) return room;
    const apply = (current = room): Room => applyChange(current, change);
    const changed = await swapState(store, keys.room(concertId), roomSchema, apply, keptSeconds(apply()));
    cache.forget(concertId);
    return changed ?? room;
  };

  /** The register is changed first: a crash in between leaves the room lost, and it is restarted again. */
  const restart = async (concertId: string): Promise<Room | Refusal> => {
    const concert = await register.look(concertId);
    if (isRefusal(concert)) return concert;
    // Only now: what is registered by now was stored before.
    const found = await find(concertId);
    if (concert.epoch === undefined || concert.epoch === found?.epoch)
      return refuse('room-not-lost', 'The waiting room and its places are there.');
    const made = newRoom(concertId, concert.opensAt);
    const entered = await register.replace(made, concert.epoch);
    if (typeof entered !== 'string') return entered;
    await swapState(store, keys.room(concertId), roomSchema, () => made, keptSeconds(made));
    cache.forget(concertId);
    return made;
  };
  return { get: cache.get, reload, find, create, update, restart };
}

/** Compares rooms with the register, each once: another room in the register means that this one came after a loss. */
function createCheckIn(register: RoomRegister, log: Logger): (room: Room) => Promise<Room | Refusal> {
  // By epoch: rooms that the register is known to have.
  const registered = new Set<string>();
  return async (room) => {
    if (registered.has(room.epoch)) return room;
    const known = await register.enter(room).catch((error: unknown) => {
      log.warn({ err: error, concertId: room.concertId }, 'the room could not be registered; tried again when it is next read');
      return undefined;
    });
    if (known === undefined) return room;
    // A concert that the register does not have is none that it could tell a loss of.
    if (known !== room.epoch && typeof known === 'string') return lost();
    registered.add(room.epoch);
    return room;
  };
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
