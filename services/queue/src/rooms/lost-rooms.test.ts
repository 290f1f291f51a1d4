import { describe, expect, it } from '@jest/globals';
import { isRefusal, refuse } from '@ticketing/common/refusal';
import { createMemoryStore } from '../testing/memory-store.ts';
import { codeOf, restart, roomsOf, twoInstances } from '../testing/room-instances.ts';
import { keys } from './room.ts';
import type { RoomRegister } from './room-register.ts';

describe('a room whose state was lost', () => {
  it('says so at every instance, also to an event that would make it, until it is restarted', async () => {
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

  it('is restarted once, however many operators try', async () => {
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

  it('is not restarted while it is there', async () => {
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
      look: () => Promise.resolve({ opensAt: 5, endsAt: undefined, epoch: undefined, version: 1, saleMoves: 0 }),
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

  it('is restarted by an operator, and is there again when its newest state comes back before that', async () => {
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
