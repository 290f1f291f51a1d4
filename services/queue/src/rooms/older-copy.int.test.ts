import type { Client } from '@connectrpc/connect';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { pollUntil } from '@ticketing/common/poll-until';
import { isRefusal } from '@ticketing/common/refusal';
import { createRpcClient } from '@ticketing/common/rpc-client';
import { ConcertService } from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import type { Context } from '../context.ts';
import { addConcert, createTestContext, join, newPeople } from '../testing/test-rooms.ts';
import { keptSeconds, keys, type Room } from './room.ts';

let seer: Context;
let concerts: Client<typeof ConcertService>;
beforeAll(async () => {
  seer = await createTestContext('seer');
  concerts = createRpcClient(ConcertService, seer.sidecar, 'concert');
});
afterAll(() => seer.stop());

/** Writes a record as it was before, whoever changes it meanwhile. */
async function putBack(room: Room, key: string, value: unknown): Promise<void> {
  const written = await pollUntil(async () => {
    const entry = await seer.sidecar.getState(key);
    return entry && (await seer.sidecar.updateState(key, value, entry.etag, keptSeconds(room))) ? true : undefined;
  }, 10_000);
  expect(written).toBe(true);
}

describe('a store that comes back as it was before', () => {
  it('is noticed by who has seen the room, and by an instance that starts after it, until the room is restarted', async () => {
    const concertId = await addConcert(concerts, Date.now() + 3_600_000);
    for (const person of newPeople(3)) await join(seer, concertId, person);
    const room = await seer.rooms.reload(concertId);
    if (isRefusal(room)) throw new Error(room.code);
    const copy = await seer.sidecar.getState(keys.tail(room));
    for (const person of newPeople(2)) await join(seer, concertId, person);
    const entered = await pollUntil(async () => {
      await seer.rooms.reload(concertId);
      return (await concerts.markRoom({ concertId, epoch: room.epoch })).joined === 5 ? true : undefined;
    }, 20_000);
    expect(entered).toBe(true);

    await putBack(room, keys.tail(room), copy?.value);
    const newcomer = await createTestContext('newcomer');
    try {
      for (const { rooms } of [seer, newcomer]) expect(await rooms.reload(concertId)).toMatchObject({ code: 'waiting-room-lost' });
      const approve = () => Promise.resolve(undefined);
      const made = await newcomer.rooms.restart(concertId, { approve });
      expect(made).toMatchObject({ concertId });
      expect(await seer.rooms.reload(concertId)).toEqual(made);
      expect(await seer.rooms.restart(concertId, { approve })).toMatchObject({ code: 'room-not-lost' });
    } finally {
      await newcomer.stop();
    }
  }, 60_000);
});
