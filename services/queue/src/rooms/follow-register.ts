import type { Logger } from '@ticketing/common/log';
import { isRefusal, type Refusal, refuse } from '@ticketing/common/refusal';
import { createCounter } from '@ticketing/common/telemetry';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { type StateStore, swapState } from '../state/swap-state.ts';
import { createHighWater, type HighWater } from './high-water.ts';
import { keptSeconds, keys, type Room, roomSchema } from './room.ts';
import type { RoomIndex } from './room-index.ts';
import type { RegisteredConcert, RoomRegister } from './room-register.ts';

/**
 * Compares rooms with the register: one that is not the registered one came after a loss, one that had come further has lost its last places,
 * and the sale may begin or end at another time.
 */
export interface FollowRegister extends HighWater {
  /** The room as the register has it: compared at this instance's first use of the room, and about once a minute while it is used. */
  check: (room: Room) => Promise<Room | Refusal>;
  /** The same, compared now. */
  now: (room: Room) => Promise<Room | Refusal>;
  /** Whether this instance has compared the room, so that the register is known to have it. */
  hasCompared: (room: Room) => boolean;
  lost: () => Refusal;
}

const lostRooms = createCounter('ticketing_queue_rooms_found_lost_total', 'Looks at a waiting room that found its state lost');
const roomsKnown = 10_000;
const againAfterMs = 60_000;
const recordSchema = z.record(z.string(), z.unknown());

function lost(): Refusal {
  lostRooms.add(1);
  return refuse(
    'waiting-room-lost',
    'The places of this waiting room have been lost. It opens again, for new places, when an operator says so.',
  );
}

interface FollowParts {
  store: StateStore;
  register: RoomRegister;
  index: RoomIndex;
  clock: () => number;
  log: Logger;
}

export function createFollowRegister(parts: FollowParts): FollowRegister {
  const { store, register, clock, log } = parts;
  const { isBehind } = createHighWater({ store, mark: register.mark, log });
  lostRooms.add(0);
  // By epoch: when a room was last compared.
  const compared = new LRUCache<string, number>({ max: roomsKnown });

  const ask = async (room: Room): Promise<RegisteredConcert | Refusal | undefined> => {
    try {
      const concert = await register.look(room.concertId);
      if (isRefusal(concert) || concert.epoch !== undefined) return concert;
      const epoch = await register.enter(room);
      return typeof epoch === 'string' ? { ...concert, epoch } : epoch;
    } catch (error) {
      log.warn({ err: error, concertId: room.concertId }, 'the room could not be compared with the register; tried again later');
      return undefined;
    }
  };
  const compare = async (room: Room): Promise<Room | Refusal> => {
    const concert = await ask(room);
    if (concert === undefined) return room;
    // A concert that the register does not have is none that it could tell a loss of.
    if (!isRefusal(concert) && concert.epoch !== room.epoch) {
      compared.delete(room.epoch);
      return lost();
    }
    compared.set(room.epoch, clock());
    return isRefusal(concert) || !isMoved(room, concert) ? room : moveTimes(parts, room, concert);
  };
  const compareSometimes = (room: Room): Promise<Room | Refusal> | Room => {
    const last = compared.get(room.epoch);
    if (last === undefined) return compare(room);
    if (clock() - last < againAfterMs) return room;
    // The caller does not wait for it: the result is read with the room within a second.
    compared.set(room.epoch, clock());
    compare(room).catch((error: unknown) =>
      log.warn({ err: error, concertId: room.concertId }, 'the times of the sale could not be followed'),
    );
    return room;
  };
  const loseIfBehind = async (room: Room | Refusal): Promise<Room | Refusal> =>
    isRefusal(room) || !(await isBehind(room)) ? room : lost();
  return {
    check: async (room) => loseIfBehind(await compareSometimes(room)),
    now: async (room) => loseIfBehind(await compare(room)),
    hasCompared: (room) => compared.has(room.epoch),
    isBehind,
    lost,
  };
}

type SaleTimes = Pick<RegisteredConcert, 'opensAt' | 'endsAt' | 'version' | 'saleMoves'>;

/** A room's own opening, which those who run it may have set, gives way only to a later decision of the organiser. */
function isMoved(room: Room, { endsAt, version, saleMoves }: SaleTimes): boolean {
  return version >= room.concertVersion && (endsAt !== room.endsAt || saleMoves > room.saleMoves);
}

function withTimes(room: Room, { opensAt, endsAt, version, saleMoves }: SaleTimes): Room {
  const followed = { ...room, endsAt, concertVersion: version };
  return saleMoves > room.saleMoves ? { ...followed, opensAt, saleMoves } : followed;
}

/** What belongs to the room is kept as long as the room: it is written again before that. */
async function moveTimes({ store, index }: FollowParts, room: Room, concert: SaleTimes): Promise<Room> {
  const ttlSeconds = keptSeconds(withTimes(room, concert));
  for (const key of keys.records(room)) await swapState(store, key, recordSchema, (current) => current && { ...current }, ttlSeconds);
  const move = (current: Room | undefined): Room | undefined =>
    current?.epoch === room.epoch && isMoved(current, concert) ? withTimes(current, concert) : current;
  const moved = (await swapState(store, keys.room(room.concertId), roomSchema, move, ttlSeconds)) ?? room;
  await index.enter(moved, 0);
  return moved;
}
