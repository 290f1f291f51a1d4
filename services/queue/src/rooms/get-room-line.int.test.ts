import { create } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@ticketing/common/database';
import { pollUntil } from '@ticketing/common/poll-until';
import { GetRoomLineRequestSchema, JoinQueueRequestSchema, RoomLineSchema } from '@ticketing/contracts/gen/ticketing/queue/v1/queue_pb';
import { type FollowedLine, isKnownToWait, type KnownPlace, readRoomLine } from '@ticketing/contracts/room-line';
import { standingInLine } from '@ticketing/contracts/standing';
import type { Context } from '../context.ts';
import { joinQueue } from '../places/join-queue.ts';
import { createTestContext, leave, look, newPeople, openRoom, releaseRoomNow } from '../testing/test-rooms.ts';
import { getRoomLine } from './get-room-line.ts';

let one: Context;
let other: Context;
beforeAll(async () => {
  [one, other] = await Promise.all([createTestContext('followed-one'), createTestContext('followed-two')]);
});
afterAll(() => Promise.all([one.stop(), other.stop()]));

/** A person joins, and the gateway remembers the place. */
async function joined(ctx: Context, concertId: string, userId: string): Promise<KnownPlace> {
  const { result } = await joinQueue(ctx, create(JoinQueueRequestSchema, { concertId, userId }));
  if (result?.case !== 'token') throw new Error(`refused: ${result?.value?.code ?? ''}`);
  const { epoch = '', joinNumber = 0, position = 0, departures = 0 } = result.value;
  return { epoch, joinNumber, position: position === 0 ? undefined : position, departures };
}

async function lineOf(ctx: Context, concertId: string): Promise<FollowedLine> {
  const { result } = await getRoomLine(ctx, create(GetRoomLineRequestSchema, { concertId }));
  if (result?.case !== 'line') throw new Error(`refused: ${result?.value?.code ?? ''}`);
  return readRoomLine(create(RoomLineSchema, result.value));
}

/** Waits until an instance's line says that nobody of a place waits any more. */
function untilOver(ctx: Context, concertId: string, place: KnownPlace): Promise<FollowedLine | undefined> {
  return pollUntil(async () => {
    const line = await lineOf(ctx, concertId);
    return isKnownToWait(line, place) ? undefined : line;
  }, 2_000);
}

describe('the line of a room', () => {
  it('says where those stand who wait, and that somebody has left through another instance', async () => {
    const concertId = await openRoom(one, { capacity: 1 });
    const [first = '', ...others] = newPeople(4);
    const called = await joined(one, concertId, first);
    await releaseRoomNow(one, concertId);
    const places = new Map<string, KnownPlace>();
    for (const userId of others) places.set(userId, await joined(one, concertId, userId));
    const line = await untilOver(one, concertId, called);
    if (!line) throw new Error('nobody was called');
    const now = one.clock();
    for (const [userId, place] of places) {
      expect(isKnownToWait(line, place)).toBe(true);
      const { status, ahead } = standingInLine(line, place, now);
      expect(await look(one, concertId, userId)).toMatchObject({ status, ahead, position: place.position });
    }

    const [next, restless, last] = [...places.values()];
    expect(await leave(other, concertId, others[1]!)).toBe('');
    const without = await untilOver(one, concertId, restless!);
    expect(without && [next!, last!].map((place) => isKnownToWait(without, place))).toEqual([true, true]);
    expect(without && standingInLine(without, last!, now).ahead).toBe(standingInLine(line, last!, now).ahead - 1);
    // The same person's next place is another one.
    const again = await joined(other, concertId, others[1]!);
    expect(isKnownToWait(await lineOf(other, concertId), again)).toBe(true);
    expect(isKnownToWait(await lineOf(other, concertId), restless!)).toBe(false);
  });

  it('says before the draw who is away', async () => {
    const concertId = newId();
    await one.rooms.create(concertId, Date.now() + 3_600_000);
    const [stays = '', goes = ''] = newPeople(2);
    const kept = await joined(one, concertId, stays);
    const left = await joined(one, concertId, goes);
    expect([kept, left].map(({ position }) => position)).toEqual([undefined, undefined]);
    expect(await leave(other, concertId, goes)).toBe('');
    const line = await untilOver(one, concertId, left);
    expect(line && isKnownToWait(line, kept)).toBe(true);
    await joined(other, concertId, goes);
    expect(isKnownToWait(await lineOf(other, concertId), left)).toBe(true);
  });
});
