import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@ticketing/common/database';
import { pollUntil } from '@ticketing/common/poll-until';
import { isRefusal } from '@ticketing/common/refusal';
import { TokenStatus } from '@ticketing/contracts/gen/ticketing/queue/v1/queue_pb';
import type { Context } from '../context.ts';
import { describeRoom } from '../rooms/describe-room.ts';
import { createTestContext, join, leave, look, newPeople, openRoom, releaseRoomNow } from '../testing/test-rooms.ts';

let instances: [Context, Context];
beforeAll(async () => {
  instances = await Promise.all([createTestContext('left-one'), createTestContext('left-two')]);
});
afterAll(() => Promise.all(instances.map((ctx) => ctx.stop())));

async function roomOf(ctx: Context, concertId: string) {
  const room = await ctx.rooms.reload(concertId);
  if (isRefusal(room)) throw new Error(`refused: ${room.code}`);
  return describeRoom(ctx, room, true);
}

async function closedRoom(): Promise<string> {
  const concertId = newId();
  await instances[0].rooms.create(concertId, Date.now() + 3_600_000);
  return concertId;
}

async function openNow(concertId: string, capacity: number): Promise<void> {
  await instances[0].rooms.update(concertId, { opensAt: Date.now() - 1_000, capacity });
  for (const ctx of instances) await ctx.rooms.reload(concertId);
  await releaseRoomNow(instances[0], concertId);
}

describe('leaving before the draw', () => {
  it('and joining again gives the same join number, so that one person is one, however often', async () => {
    const [one, other] = instances;
    const concertId = await closedRoom();
    const [restless, quitter, quiet] = newPeople(3);
    for (let time = 0; time < 300; time += 1) {
      await join(instances[time % 2]!, concertId, restless!);
      expect(await leave(instances[(time >> 1) % 2]!, concertId, restless!)).toBe('');
    }
    expect((await roomOf(one, concertId)).joined).toBe(0);
    expect(await leave(one, concertId, restless!)).toBe('not-in-queue');
    await join(one, concertId, restless!);
    expect(await roomOf(other, concertId)).toMatchObject({ joined: 1, waiting: 1, tail: 1 });
    // It shows at once where somebody seemed to have left.
    expect(await look(other, concertId, restless!)).toMatchObject({ status: TokenStatus.PRE_OPEN });

    await join(one, concertId, quitter!);
    await join(other, concertId, quiet!);
    await leave(other, concertId, quitter!);
    await openNow(concertId, 5);
    expect(await roomOf(one, concertId)).toMatchObject({ joined: 2, tail: 2, serving: 2, drawSize: 2 });
    const positions = await pollUntil(async () => {
      const told = await Promise.all([look(one, concertId, restless!), look(other, concertId, quiet!)]);
      const places = told.map((answer) => (typeof answer === 'string' ? answer : answer.position));
      return places.includes(0) ? undefined : places;
    }, 2_000);
    expect(positions?.toSorted()).toEqual([1, 2]);
    expect(await look(one, concertId, quitter!)).toBe('not-in-queue');
    expect(await leave(other, concertId, quitter!)).toBe('not-in-queue');
    // Nobody waits behind somebody who is not there.
    expect(await join(other, concertId, quitter!)).toMatchObject({ created: true, position: 3 });
    await releaseRoomNow(one, concertId);
    const served = await pollUntil(async () => {
      const told = await look(one, concertId, quitter!);
      return typeof told === 'object' && told.status === TokenStatus.ACTIVE ? told : undefined;
    }, 5_000);
    expect(served).toMatchObject({ position: 3 });
  }, 120_000);
});

describe('leaving while one waits', () => {
  it('is seen by everybody behind, and in the numbers of the room', async () => {
    const [ctx] = instances;
    const concertId = await openRoom(ctx, { capacity: 1 });
    const people = newPeople(4);
    for (const userId of people) await join(ctx, concertId, userId);
    await releaseRoomNow(ctx, concertId);
    expect(await leave(ctx, concertId, people[1]!)).toBe('');
    const behind = await pollUntil(async () => {
      const told = await look(instances[1], concertId, people[3]!);
      return typeof told === 'object' && told.ahead === 1 ? told : undefined;
    }, 2_000);
    expect(behind).toMatchObject({ ahead: 1, position: 4 });
    expect(await roomOf(instances[1], concertId)).toMatchObject({ joined: 3, waiting: 2 });
  });

  it('and joining again is possible a few times only', async () => {
    const [ctx] = instances;
    const concertId = await openRoom(ctx, { capacity: 1 });
    const [blocker, restless] = newPeople(2);
    await join(ctx, concertId, blocker!);
    for (let time = 0; time < 5; time += 1) {
      await join(ctx, concertId, restless!);
      await leave(ctx, concertId, restless!);
    }
    await expect(join(ctx, concertId, restless!)).rejects.toThrow('too-many-joins');
    expect((await roomOf(ctx, concertId)).joined).toBe(1);
  });
});
