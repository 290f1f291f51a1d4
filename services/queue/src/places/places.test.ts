import { describe, expect, it } from '@jest/globals';
import { endPlace, nobodyServed } from '../admission/serving.ts';
import { keys, newRoom } from '../rooms/room.ts';
import { createMemoryStore } from '../testing/memory-store.ts';
import type { Place } from './place.ts';
import { createPlaces } from './places.ts';

const room = newRoom('concert', 0);
const place: Place = { epoch: room.epoch, joinNumber: 5, position: 5, joinedAt: 0, taken: false, taking: 1, payments: [] };

async function knowingPlaces() {
  const store = createMemoryStore();
  await store.createState(keys.place('concert', 'user'), place);
  const places = createPlaces(store);
  expect(await places.find(room, 'user', nobodyServed)).toEqual(place);
  store.values.clear();
  return places;
}

describe('a remembered place', () => {
  it('is given out without a read, whether its owner waits or is let in', async () => {
    const places = await knowingPlaces();
    expect(await places.find(room, 'user', nobodyServed)).toEqual(place);
    expect(await places.find(room, 'user', { ...nobodyServed, serving: 5 })).toEqual(place);
  });

  it('is read again when the room was restarted', async () => {
    const places = await knowingPlaces();
    expect(await places.find(newRoom('concert', 0), 'user', nobodyServed)).toBeUndefined();
  });

  it('is read again when that is asked for', async () => {
    const places = await knowingPlaces();
    expect(await places.reload(room, 'user', nobodyServed)).toBeUndefined();
    expect(await places.find(room, 'user', nobodyServed)).toBeUndefined();
  });

  it('is read again when it was left through another instance', async () => {
    const places = await knowingPlaces();
    const others = endPlace(nobodyServed, { joinNumber: 4, position: 4, how: 'left' });
    expect(await places.find(room, 'user', others)).toEqual(place);
    expect(await places.find(room, 'user', endPlace(others, { joinNumber: 5, position: 5, how: 'left' }))).toBeUndefined();
  });
});
