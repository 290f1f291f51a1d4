import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startProcess, stopProcess } from '../../control.ts';
import { atOnce, changeRoom, enterRoom, managedRoomOf, newConcert, newPeople, type Room, upTo } from './test-room.ts';
import { eventually, openTestShop, type TestShop } from './test-shop.ts';

const crowd = 10_000;
const clients = 50;

let shop: TestShop;
let room: Room;
beforeAll(async () => {
  shop = await openTestShop();
});
afterAll(async () => {
  await Promise.all(['redis', 'queue-1', 'queue-2'].map((name) => startProcess('test', name)));
  await room.close();
  await shop.close();
}, 120_000);

async function openRoom(): Promise<Room> {
  const concertId = await newConcert(shop, shop.operator.token, Date.now() - 60_000);
  await changeRoom(shop, concertId, { capacity: 0 });
  return enterRoom(shop, concertId);
}

/** Kills a process like a power cut and starts it again. */
async function killAndRestart(name: string): Promise<void> {
  await stopProcess('test', name, 'SIGKILL');
  await startProcess('test', name);
}

/** Lets people join; `atHalf` happens when half of them have been answered. @returns their places, in their order */
async function joinAll(people: string[], atHalf: () => Promise<void>): Promise<number[]> {
  let answered = 0;
  let disturbed: Promise<void> | undefined;
  const places = await atOnce(clients, people, async (userId) => {
    const { token } = await room.join(userId);
    answered += 1;
    if (answered === Math.floor(people.length / 2)) disturbed = atHalf();
    return token.position;
  });
  await disturbed;
  return places;
}

describe(`${crowd} people at two instances, one of which is killed half-way`, () => {
  it('get the places 1 to n, each once, and keep them when they join again', async () => {
    room = await openRoom();
    const people = newPeople(crowd);
    const places = await joinAll(people, () => killAndRestart('queue-2'));
    expect(places.toSorted((a, b) => a - b)).toEqual(upTo(crowd));
    const again = await atOnce(clients, people, (userId) => room.join(userId));
    expect(again.map(({ token }) => token.position)).toEqual(places);
    expect(again.some(({ created }) => created)).toBe(false);
    expect((await managedRoomOf(shop, room.concertId)).tail).toBe(crowd);
    await room.close();
  }, 600_000);
});

describe('when Redis is killed among joins and comes back with its file', () => {
  it('nobody loses a place that was acknowledged', async () => {
    room = await openRoom();
    const people = newPeople(1_000);
    const places = await joinAll(people, () => killAndRestart('redis'));
    expect(places.toSorted((a, b) => a - b)).toEqual(upTo(1_000));
    // Instances remember places; only what new processes find is in the store.
    await Promise.all(['queue-1', 'queue-2'].map(killAndRestart));
    await eventually('the room is there', async () => ((await managedRoomOf(shop, room.concertId)).tail === 1_000 ? true : undefined));
    const found = await atOnce(clients, people, (userId) => room.look(userId));
    expect(found.map(({ position }) => position)).toEqual(places);
  }, 300_000);
});
