import { describe, expect, it } from '@jest/globals';
import { createLogger } from '@ticketing/common/log';
import { isRefusal, refuse } from '@ticketing/common/refusal';
import { createMemoryStore } from '../testing/memory-store.ts';
import { keys } from './room.ts';
import type { RoomRegister } from './room-register.ts';
import { createRooms } from './rooms.ts';

const log = createLogger({ service: 'queue', instance: 'test', level: 'silent' });

/** The concert service's memory of one concert's room. */
function memoryRegister(): RoomRegister & { epoch: string | undefined; down: boolean } {
  const register = {
    epoch: undefined as string | undefined,
    down: false,
    look: (concertId: string) =>
      Promise.resolve(
        concertId === 'concert' ? { opensAt: 5, epoch: register.epoch } : refuse('concert-not-found', 'There is no such concert.'),
      ),
    enter: ({ epoch }: { epoch: string }) => {
      if (register.down) return Promise.reject(new Error('down'));
      register.epoch ??= epoch;
      return Promise.resolve(register.epoch);
    },
    replace: ({ epoch }: { epoch: string }, lostEpoch: string) => {
      if (register.epoch !== lostEpoch) return Promise.resolve(refuse('room-not-lost', 'Another one was entered.'));
      register.epoch = epoch;
      return Promise.resolve(epoch);
    },
  };
  return register;
}

function twoInstances() {
  const store = createMemoryStore();
  const register = memoryRegister();
  const instance = () => createRooms(store, register, log);
  return { store, register, one: instance(), other: instance(), instance };
}

const codeOf = (answer: object): string => (isRefusal(answer) ? answer.code : '');

describe('a room', () => {
  it('is made once, whoever asks first, and keeps its own values when changed', async () => {
    const { one, other } = twoInstances();
    const made = await Promise.all([one.get('concert'), other.get('concert'), other.create('concert', 9)]);
    expect(new Set(made.map((room) => ('epoch' in room ? room.epoch : ''))).size).toBe(1);
    await one.update('concert', { capacity: 3 });
    expect(await other.reload('concert')).toMatchObject({ capacity: 3, paused: false, closed: false });
  });

  it('that another instance makes between two looks is not taken for a lost one', async () => {
    const { store, register, one } = twoInstances();
    let looks = 0;
    const getState: typeof store.getState = async (key) => {
      const entry = await store.getState(key);
      if (key === keys.room('concert') && (looks += 1) === 1) await one.get('concert');
      return entry;
    };
    const late = createRooms({ ...store, getState }, register, log);
    expect(await late.get('concert')).toEqual(await one.get('concert'));
    expect(codeOf(await late.restart('concert'))).toBe('room-not-lost');
  });

  it('is there while the register does not answer', async () => {
    const { one, other, register } = twoInstances();
    await one.get('concert');
    register.down = true;
    expect(await other.get('concert')).toMatchObject({ concertId: 'concert' });
  });

  it('of a concert that does not exist is refused', async () => {
    const { one } = twoInstances();
    expect(codeOf(await one.get('nothing'))).toBe('concert-not-found');
  });
});

describe('a room whose state was lost', () => {
  it('says so at every instance, also to an event that would make it, until it is made anew', async () => {
    const { store, one, other, instance } = twoInstances();
    const before = await one.get('concert');
    store.values.clear();
    expect(codeOf(await one.reload('concert'))).toBe('waiting-room-lost');
    expect(codeOf(await instance().get('concert'))).toBe('waiting-room-lost');
    expect(codeOf(await instance().create('concert', 5))).toBe('waiting-room-lost');
    expect(codeOf(await one.reload('concert'))).toBe('waiting-room-lost');
    expect(codeOf(await one.update('concert', { capacity: 9 }))).toBe('waiting-room-lost');

    const after = await other.restart('concert');
    expect(after).toMatchObject({ concertId: 'concert', opensAt: 5 });
    expect([await one.reload('concert'), await instance().get('concert')]).toEqual([after, after]);
    expect(after).not.toMatchObject({ epoch: 'epoch' in before ? before.epoch : '' });
  });

  it('is made anew once, however many operators try', async () => {
    const { store, one, other } = twoInstances();
    await one.get('concert');
    store.values.clear();
    const answers = await Promise.all([one.restart('concert'), other.restart('concert'), other.restart('concert')]);
    expect(answers.map(codeOf).sort()).toEqual(['', 'room-not-lost', 'room-not-lost']);
  });

  it('is not made anew while it is there', async () => {
    const { one } = twoInstances();
    await one.get('concert');
    expect(codeOf(await one.restart('concert'))).toBe('room-not-lost');
  });

  it('is still lost when its maker was killed between the register and the store', async () => {
    const { store, register, one, other } = twoInstances();
    await one.get('concert');
    store.values.clear();
    store.fate = (key) => (key === keys.room('concert') ? 'lost-as-conflict' : 'done');
    await expect(one.restart('concert')).rejects.toThrow('CONTENTION');
    store.fate = () => 'done';
    expect(codeOf(await other.reload('concert'))).toBe('waiting-room-lost');
    expect(await other.restart('concert')).toMatchObject({ epoch: register.epoch });
  });

  it('would be drawn again in silence without the register', async () => {
    const store = createMemoryStore();
    const forgetful: RoomRegister = {
      look: () => Promise.resolve({ opensAt: 5, epoch: undefined }),
      enter: ({ epoch }) => Promise.resolve(epoch),
      replace: ({ epoch }) => Promise.resolve(epoch),
    };
    const rooms = createRooms(store, forgetful, log);
    const before = await rooms.get('concert');
    store.values.clear();
    const after = await rooms.reload('concert');
    expect(isRefusal(after)).toBe(false);
    expect(after).not.toEqual(before);
  });
});
