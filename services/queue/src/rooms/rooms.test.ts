import { describe, expect, it } from '@jest/globals';
import { pollUntil } from '@ticketing/common/poll-until';
import { isRefusal } from '@ticketing/common/refusal';
import { codeOf, memoryRegister, restart, roomsOf, twoInstances } from '../testing/room-instances.ts';
import { keys } from './room.ts';

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

  it('is there at once when its concert is told, and told again until the register has it', async () => {
    const { one, other, register } = twoInstances();
    register.down = true;
    await expect(one.prepare('concert', 5)).rejects.toThrow('not registered yet');
    await expect(other.prepare('concert', 5)).rejects.toThrow('not registered yet');
    const room = await one.get('concert');
    register.down = false;
    await other.prepare('concert', 5);
    expect(register.epoch).toBe('epoch' in room && room.epoch);
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
