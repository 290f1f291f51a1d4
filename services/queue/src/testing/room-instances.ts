import { createLogger } from '@ticketing/common/log';
import { isRefusal, refuse } from '@ticketing/common/refusal';
import { createFollowRegister } from '../rooms/follow-register.ts';
import type { Mark } from '../rooms/high-water.ts';
import { createRoomIndex } from '../rooms/room-index.ts';
import type { RegisteredConcert, RoomRegister } from '../rooms/room-register.ts';
import { createRooms, type Rooms } from '../rooms/rooms.ts';
import type { StateStore } from '../state/swap-state.ts';
import { createMemoryStore } from './memory-store.ts';

const log = createLogger({ service: 'queue', instance: 'test', level: 'silent' });

type MemoryRegister = RoomRegister & RegisteredConcert & { down: boolean; looks: number };

/** The concert service's memory of one concert's room. */
export function memoryRegister(): MemoryRegister {
  const marks = new Map<string, Mark>();
  const register = {
    epoch: undefined as string | undefined,
    opensAt: 5,
    endsAt: undefined as number | undefined,
    version: 1,
    saleMoves: 0,
    restartKey: '',
    down: false,
    looks: 0,
    look: (concertId: string) => {
      register.looks += 1;
      if (register.down) return Promise.reject(new Error('down'));
      if (concertId !== 'concert') return Promise.resolve(refuse('concert-not-found', 'There is no such concert.'));
      const { opensAt, endsAt, version, saleMoves, epoch, restartKey } = register;
      return Promise.resolve({ opensAt, endsAt, version, saleMoves, epoch, restartKey });
    },
    enter: ({ epoch }: { epoch: string }) => {
      if (register.down) return Promise.reject(new Error('down'));
      register.epoch ??= epoch;
      return Promise.resolve(register.epoch);
    },
    mark: ({ epoch }: { epoch: string }, { joined, called }: Mark) => {
      if (register.down) return Promise.reject(new Error('down'));
      const before = marks.get(epoch) ?? { joined: 0, called: 0 };
      const after = { joined: Math.max(before.joined, joined), called: Math.max(before.called, called) };
      marks.set(epoch, after);
      return Promise.resolve(after);
    },
    replace: ({ epoch }: { epoch: string }, lostEpoch: string, restartKey: string) => {
      if (register.epoch !== lostEpoch) return Promise.resolve(refuse('room-not-lost', 'Another one was entered.'));
      register.epoch = epoch;
      register.restartKey = restartKey;
      return Promise.resolve(epoch);
    },
  };
  return register;
}

/** The rooms as one instance knows them. */
export function roomsOf(store: StateStore, register: RoomRegister, clock = () => 1_000): Rooms {
  const index = createRoomIndex(store, clock);
  return createRooms({ store, register, index, follow: createFollowRegister({ store, register, index, clock, log }), clock });
}

/** Two instances of queue, and more where wanted, with one store, one register and one clock. */
export function twoInstances() {
  const store = createMemoryStore();
  const register = memoryRegister();
  const time = { now: 1_000 };
  const instance = () => roomsOf(store, register, () => time.now);
  return { store, register, time, one: instance(), other: instance(), instance };
}

const approved = () => Promise.resolve(undefined);
/** Restarts a lost room, approved. */
export const restart = (rooms: Rooms, key?: string) => rooms.restart('concert', { ...(key && { key }), approve: approved });

/** The code of a refusal; empty for any other answer. */
export const codeOf = (answer: object): string => (isRefusal(answer) ? answer.code : '');
