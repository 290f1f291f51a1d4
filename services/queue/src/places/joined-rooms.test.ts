import { describe, expect, it } from '@jest/globals';
import { keys, newRoom } from '../rooms/room.ts';
import { createMemoryStore } from '../testing/memory-store.ts';
import { createJoinedRooms } from './joined-rooms.ts';

const dayMs = 86_400_000;

function twoInstances(most: number) {
  const store = createMemoryStore();
  const time = { now: 0 };
  const instance = () =>
    createJoinedRooms(
      store,
      () => most,
      () => time.now,
    );
  const rooms = Array.from({ length: most * 2 }, (_, number) => newRoom(`concert-${number}`, 0, (number + 2) * dayMs));
  return { store, time, one: instance(), other: instance(), rooms };
}

describe('the rooms of a person', () => {
  it('are bounded, however many are joined at once through two instances', async () => {
    const { store, one, other, rooms } = twoInstances(5);
    const refused = await Promise.all(rooms.map((room, number) => (number % 2 ? one : other).enter(room, ['fan', 'fan'])));
    expect(refused.map((people) => people.get('fan')?.code).filter((code) => code === 'too-many-rooms')).toHaveLength(5);
    expect((await store.getState(keys.joined('fan')))?.value).toEqual(
      Object.fromEntries(rooms.filter((_, number) => !refused[number]?.size).map(({ concertId, endsAt }) => [concertId, endsAt])),
    );
  });

  it('count once each, for each person, and write nothing when joined again', async () => {
    const { store, one, other, rooms } = twoInstances(1);
    for (const instance of [one, other]) expect((await instance.enter(rooms[0]!, ['fan', 'friend'])).size).toBe(0);
    expect(store.writes).toHaveLength(2);
    expect([...(await one.enter(rooms[1]!, ['friend', 'stranger'])).keys()]).toEqual(['friend']);
  });

  it('make way for others when they are left or over', async () => {
    const { store, time, one, other, rooms } = twoInstances(2);
    const [first, second, third, fourth] = rooms;
    await one.enter(first!, ['fan']);
    await one.enter(second!, ['fan']);
    expect((await other.enter(third!, ['fan'])).size).toBe(1);
    await one.leave(second!.concertId, 'fan');
    expect((await other.enter(third!, ['fan'])).size).toBe(0);
    expect(store.ttls.get(keys.joined('fan'))).toBe((4 * dayMs) / 1_000);
    time.now = 2 * dayMs;
    expect((await other.enter(fourth!, ['fan'])).size).toBe(0);
    expect((await one.enter(second!, ['fan'])).size).toBe(1);
  });

  it('count on while no end is known', async () => {
    const { time, one } = twoInstances(1);
    const [endless, another] = [newRoom('endless', 0), newRoom('another', 0)];
    for (let days = 0; days <= 60; days += 5) {
      time.now = days * dayMs;
      expect((await one.enter(endless, ['fan'])).size).toBe(0);
    }
    expect((await one.enter(another, ['fan'])).size).toBe(1);
  });
});
