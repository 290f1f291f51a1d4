import { describe, expect, it } from '@jest/globals';
import { isRefusal } from '@ticketing/common/refusal';
import { RoomState } from '@ticketing/contracts/gen/ticketing/queue/v1/queue_pb';
import { stateOf } from '@ticketing/contracts/room-times';
import { codeOf, twoInstances } from '../testing/room-instances.ts';
import type { Room } from './room.ts';
import type { Rooms } from './rooms.ts';

async function roomAt(rooms: Rooms): Promise<Room> {
  const room = await rooms.reload('concert');
  if (isRefusal(room)) throw new Error(room.code);
  return room;
}

describe('the opening of a room', () => {
  it('follows the sale when its organiser moves it, at every instance', async () => {
    const { register, one, other } = twoInstances();
    await one.get('concert');
    Object.assign(register, { opensAt: 90_000, saleMoves: 1, version: 2 });
    await one.prepare('concert', 90_000);
    expect(await roomAt(other)).toMatchObject({ opensAt: 90_000, saleMoves: 1 });
  });

  it('that was set for the room stays, until the sale is moved again', async () => {
    const { register, one, other } = twoInstances();
    await one.get('concert');
    Object.assign(register, { opensAt: 90_000, saleMoves: 1, version: 2 });
    await one.prepare('concert', 90_000);
    await one.update('concert', { opensAt: 40_000 });
    Object.assign(register, { version: 3, endsAt: 200_000 });
    await other.prepare('concert', 90_000);
    expect(await roomAt(one)).toMatchObject({ opensAt: 40_000, endsAt: 200_000 });
    Object.assign(register, { opensAt: 95_000, saleMoves: 2, version: 4 });
    await other.prepare('concert', 95_000);
    expect(await roomAt(one)).toMatchObject({ opensAt: 95_000 });
  });

  it('stays where what was asked for earlier is told later', async () => {
    const { register, one, other } = twoInstances();
    await one.get('concert');
    const { look } = register;
    const stale = { opensAt: 50_000, endsAt: 60_000, saleMoves: 1, version: 2 };
    Object.assign(register, stale);
    const answer = await look('concert');
    Object.assign(register, { opensAt: 90_000, endsAt: 99_000, saleMoves: 2, version: 3 });
    await one.prepare('concert', 90_000);
    register.look = () => Promise.resolve(answer);
    await other.prepare('concert', 50_000);
    expect(await roomAt(one)).toMatchObject({ opensAt: 90_000, endsAt: 99_000 });
  });

  it('of a room from before is where it was, until the sale is moved', async () => {
    const { store, register, one } = twoInstances();
    const made = await one.get('concert');
    const added = ['saleMoves', 'concertVersion'];
    const former = Object.fromEntries(Object.entries({ ...made, opensAt: 70_000 }).filter(([field]) => !added.includes(field)));
    const entry = await store.getState('room:concert');
    await store.updateState('room:concert', former, entry?.etag ?? '', 60);
    await one.prepare('concert', 5);
    expect(await roomAt(one)).toMatchObject({ opensAt: 70_000 });
    Object.assign(register, { opensAt: 80_000, saleMoves: 1, version: 2 });
    await one.prepare('concert', 80_000);
    expect(await roomAt(one)).toMatchObject({ opensAt: 80_000 });
  });
});

describe('a room of a cancelled concert', () => {
  it('is closed from that moment on, and none is made', async () => {
    const { register, time, one, other } = twoInstances();
    register.endsAt = 90_000;
    await one.get('concert');
    expect(stateOf(await roomAt(one), time.now)).toBe(RoomState.OPEN);
    Object.assign(register, { endsAt: time.now, version: 2 });
    await one.prepare('concert', 5);
    expect(stateOf(await roomAt(other), time.now)).toBe(RoomState.CLOSED);
    const never = twoInstances();
    Object.assign(never.register, { endsAt: never.time.now, version: 2 });
    expect(codeOf(await never.one.get('concert'))).toBe('sale-over');
  });
});
