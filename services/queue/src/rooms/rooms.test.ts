import { describe, expect, it } from '@jest/globals';
import { createLogger } from '@ticketing/common/log';
import { pollUntil } from '@ticketing/common/poll-until';
import { isRefusal, refuse } from '@ticketing/common/refusal';
import type { StateStore } from '../state/swap-state.ts';
import { createMemoryStore } from '../testing/memory-store.ts';
import { createFollowRegister } from './follow-register.ts';
import type { Mark } from './high-water.ts';
import { keys } from './room.ts';
import { createRoomIndex } from './room-index.ts';
import type { RoomRegister } from './room-register.ts';
import { createRooms, type Rooms } from './rooms.ts';

const log = createLogger({ service: 'queue', instance: 'test', level: 'silent' });

/** The concert service's memory of one concert's room. */
function memoryRegister(): RoomRegister & { epoch: string | undefined; endsAt: number | undefined; down: boolean; looks: number } {
  const marks = new Map<string, Mark>();
  const register = {
    epoch: undefined as string | undefined,
    endsAt: undefined as number | undefined,
    restartKey: '',
    down: false,
    looks: 0,
    look: (concertId: string) => {
      register.looks += 1;
      if (register.down) return Promise.reject(new Error('down'));
      if (concertId !== 'concert') return Promise.resolve(refuse('concert-not-found', 'There is no such concert.'));
      return Promise.resolve({ opensAt: 5, endsAt: register.endsAt, epoch: register.epoch, restartKey: register.restartKey });
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

function roomsOf(store: StateStore, register: RoomRegister, clock = () => 1_000): Rooms {
  const index = createRoomIndex(store, clock);
  return createRooms({ store, register, index, follow: createFollowRegister({ store, register, index, clock, log }), clock });
}

function twoInstances() {
  const store = createMemoryStore();
  const register = memoryRegister();
  const time = { now: 1_000 };
  const instance = () => roomsOf(store, register, () => time.now);
  return { store, register, time, one: instance(), other: instance(), instance };
}

const approved = () => Promise.resolve(undefined);
const restart = (rooms: Rooms, key?: string) => rooms.restart('concert', { ...(key && { key }), approve: approved });

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
    const late = roomsOf({ ...store, getState }, register);
    expect(await late.get('concert')).toEqual(await one.get('concert'));
    expect(codeOf(await restart(late))).toBe('room-not-lost');
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

describe('the end of a sale', () => {
  const dayMs = 86_400_000;

  it('is known with the room, and the room is not made after it', async () => {
    const { register, one } = twoInstances();
    register.endsAt = 2_000;
    expect(await one.get('concert')).toMatchObject({ endsAt: 2_000 });
    const ended = twoInstances();
    ended.register.endsAt = 1_000;
    expect(codeOf(await ended.one.get('concert'))).toBe('sale-over');
    await ended.one.prepare('concert', 5);
    expect(codeOf(await ended.one.look('concert'))).toBe('room-not-found');
    expect(ended.store.values.size).toBe(0);
  });

  it('moves at every instance when the concert changes, and what belongs to the room is kept as long', async () => {
    const { store, register, one, other } = twoInstances();
    const room = await one.get('concert');
    if (isRefusal(room)) throw new Error(room.code);
    await store.createState(keys.tail(room), { tail: 3 }, 60);
    register.endsAt = Date.now() + 20 * dayMs;
    await one.prepare('concert', 5);
    expect(await other.reload('concert')).toMatchObject({ endsAt: register.endsAt });
    for (const key of [keys.tail(room), keys.room('concert')]) expect(Math.round((store.ttls.get(key) ?? 0) / 86_400)).toBe(27);
  });

  it('is asked for again by who uses the room, once a minute, and nobody waits for that', async () => {
    const { register, time, one } = twoInstances();
    await one.get('concert');
    await one.reload('concert');
    const looks = register.looks;
    register.endsAt = 9_000_000;
    time.now += 60_000;
    expect(await one.reload('concert')).not.toHaveProperty('endsAt');
    expect(register.looks).toBe(looks + 1);
    expect(await pollUntil(async () => 'endsAt' in (await one.reload('concert')) || undefined, 5_000)).toBe(true);
    expect(await one.reload('concert')).toMatchObject({ endsAt: 9_000_000 });
    expect(register.looks).toBe(looks + 1);
  });

  it('lets the store forget the room without a loss', async () => {
    const { store, register, time, one } = twoInstances();
    register.endsAt = 2_000;
    await one.get('concert');
    store.values.clear();
    time.now = 2_000;
    expect(codeOf(await one.reload('concert'))).toBe('room-not-found');
    expect(codeOf(await one.get('concert'))).toBe('sale-over');
  });
});

describe('looking at a room', () => {
  it('makes none, and costs one read however many look at once', async () => {
    const { store, one, other } = twoInstances();
    expect(codeOf(await one.look('concert'))).toBe('room-not-found');
    expect(codeOf(await one.look('nothing'))).toBe('concert-not-found');
    expect(store.values.size).toBe(0);
    await one.get('concert');
    const read: string[] = [];
    const looker = roomsOf({ ...store, getState: (key) => (read.push(key), store.getState(key)) }, memoryRegister());
    await Promise.all(Array.from({ length: 200 }, () => looker.look('concert')));
    expect(read.filter((key) => key === keys.room('concert'))).toHaveLength(1);
    expect(await other.look('concert')).toMatchObject({ concertId: 'concert' });
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

    const after = await restart(other);
    expect(after).toMatchObject({ concertId: 'concert', opensAt: 5 });
    expect([await one.reload('concert'), await instance().get('concert')]).toEqual([after, after]);
    expect(after).not.toMatchObject({ epoch: 'epoch' in before ? before.epoch : '' });
  });

  it('is made anew once, however many operators try', async () => {
    const { store, one, other } = twoInstances();
    await one.get('concert');
    store.values.clear();
    const answers = await Promise.all([restart(one), restart(other), restart(other)]);
    expect(answers.map(codeOf).sort()).toEqual(['', 'room-not-lost', 'room-not-lost']);
  });

  it('is given to each who asked under one key, and to nobody else', async () => {
    const { store, one, other } = twoInstances();
    await one.get('concert');
    store.values.clear();
    const answers = await Promise.all([restart(one, 'key'), restart(other, 'key')]);
    expect(answers[1]).toEqual(answers[0]);
    expect(codeOf(answers[0])).toBe('');
    expect(await restart(other, 'key')).toEqual(answers[0]);
    expect(codeOf(await restart(one, 'another'))).toBe('room-not-lost');
    expect(codeOf(await restart(one))).toBe('room-not-lost');
  });

  it('stays lost when that is not approved', async () => {
    const { store, register, one } = twoInstances();
    await one.get('concert');
    store.values.clear();
    const { epoch } = register;
    const asked: [string, string][] = [];
    const answer = await one.restart('concert', {
      approve: (lost, made) => {
        asked.push([lost, made]);
        return Promise.resolve(refuse('concert-not-found', 'Not yours.'));
      },
    });
    expect(codeOf(answer)).toBe('concert-not-found');
    expect(asked).toEqual([[epoch, expect.not.stringMatching(epoch ?? '')]]);
    expect(register.epoch).toBe(epoch);
    expect(codeOf(await one.reload('concert'))).toBe('waiting-room-lost');
  });

  it('is not made anew while it is there', async () => {
    const { one } = twoInstances();
    await one.get('concert');
    expect(codeOf(await restart(one))).toBe('room-not-lost');
  });

  it('is still lost when its maker was killed between the register and the store', async () => {
    const { store, register, one, other } = twoInstances();
    await one.get('concert');
    store.values.clear();
    store.fate = (key) => (key === keys.room('concert') ? 'lost-as-conflict' : 'done');
    await expect(restart(one)).rejects.toThrow('CONTENTION');
    store.fate = () => 'done';
    expect(codeOf(await other.reload('concert'))).toBe('waiting-room-lost');
    expect(await restart(other)).toMatchObject({ epoch: register.epoch });
  });

  it('is noticed when an operator changes it in that moment: nothing is written back', async () => {
    const { store, register, one } = twoInstances();
    await one.get('concert');
    let reads = 0;
    const getState: typeof store.getState = async (key) => {
      const entry = await store.getState(key);
      if (key === keys.room('concert') && (reads += 1) === 1) store.values.clear();
      return entry;
    };
    const wiped = roomsOf({ ...store, getState }, register);
    expect(codeOf(await wiped.update('concert', { capacity: 9 }))).toBe('waiting-room-lost');
    expect(store.values.size).toBe(0);
  });

  it('would be drawn again in silence without the register', async () => {
    const store = createMemoryStore();
    const forgetful: RoomRegister = {
      look: () => Promise.resolve({ opensAt: 5, endsAt: undefined, epoch: undefined }),
      enter: ({ epoch }) => Promise.resolve(epoch),
      mark: (_room, mark) => Promise.resolve(mark),
      replace: ({ epoch }) => Promise.resolve(epoch),
    };
    const before = await roomsOf(store, forgetful).get('concert');
    store.values.clear();
    const after = await roomsOf(store, forgetful).get('concert');
    expect(isRefusal(after)).toBe(false);
    expect(after).not.toEqual(before);
  });
});

describe('a room that comes back as it was before', () => {
  /** A room with so many places and calls, as two instances and the register have seen it. */
  async function seenRoom() {
    const parts = twoInstances();
    const { store, one, other } = parts;
    const room = await one.get('concert');
    if (isRefusal(room)) throw new Error('there is no room');
    const write = async (tail: number, serving: number) => {
      for (const [key, value] of [[keys.tail(room), { tail }] as const, [keys.serving(room), { serving }] as const]) {
        store.values.delete(key);
        await store.createState(key, value);
      }
    };
    await write(7, 3);
    await one.reload('concert');
    await other.reload('concert');
    return { ...parts, write };
  }

  it.each([
    ['without its last places', 6, 3],
    ['without its last calls', 7, 2],
    ['without all of them', 0, 0],
  ])('%s is lost for who has seen it, and for who has not', async (_how, tail, serving) => {
    const { one, instance, write } = await seenRoom();
    // A third instance meets the room and enters how far it has come.
    const third = instance();
    await third.get('concert');
    await third.reload('concert');
    await write(tail, serving);
    expect(codeOf(await one.reload('concert'))).toBe('waiting-room-lost');
    expect(codeOf(await one.update('concert', { capacity: 9 }))).toBe('waiting-room-lost');
    expect(codeOf(await instance().get('concert'))).toBe('waiting-room-lost');
  });

  it('is made anew by an operator, and is there again when its newest state comes back before that', async () => {
    const { one, write } = await seenRoom();
    await write(6, 3);
    expect(codeOf(await one.reload('concert'))).toBe('waiting-room-lost');
    await write(8, 3);
    expect(codeOf(await one.reload('concert'))).toBe('');
    expect(codeOf(await restart(one))).toBe('room-not-lost');
    await write(6, 3);
    expect(codeOf(await restart(one))).toBe('');
    expect(codeOf(await one.reload('concert'))).toBe('');
  });

  it('is not lost because the register does not answer', async () => {
    const { one, register, instance } = await seenRoom();
    register.down = true;
    expect(codeOf(await one.reload('concert'))).toBe('');
    expect(codeOf(await instance().get('concert'))).toBe('');
  });
});
