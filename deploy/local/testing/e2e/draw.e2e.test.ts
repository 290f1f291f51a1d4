import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TokenStatus } from '@ticketing/contracts/gen/ticketing/queue/v1/queue_pb';
import { computePlaces, correlationOf } from '../../rooms/draw-check.ts';
import { room as roomShape } from './api-shapes.ts';
import { atOnce, changeRoom, enterRoom, newConcert, newPeople, type Room, upTo } from './test-room.ts';
import { eventually, openTestShop, type TestShop } from './test-shop.ts';

const early = 400;
const late = 20;

let shop: TestShop;
let room: Room;
beforeAll(async () => {
  shop = await openTestShop();
  room = enterRoom(shop, await newConcert(shop, shop.operator.token, Date.now() + 3_600_000));
});
afterAll(async () => {
  await room.close();
  await shop.close();
});

const look = () => shop.api.call(roomShape, 'GET', `/queue/rooms/${room.concertId}`);
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

describe('a room with people before its opening', () => {
  it('draws their places by a seed that it was bound to before, and serves who comes later behind them', async () => {
    const people = newPeople(early);
    const joined = await atOnce(20, people, (userId) => room.join(userId));
    expect(joined.map(({ token }) => token.joinNumber).sort((a, b) => a - b)).toEqual(upTo(early));
    for (const { token } of joined) expect(token).toMatchObject({ status: TokenStatus.PRE_OPEN, position: 0, ahead: 0 });
    const before = await look();
    expect(before).toMatchObject({ state: 'PRE_OPEN', joined: early, serving: 0 });
    expect([before.drawSeed, before.drawSize]).toEqual([undefined, undefined]);

    await changeRoom(shop, room.concertId, { opensAt: new Date().toISOString(), capacity: 10 });
    const after = await eventually('the draw', async () => {
      const now = await look();
      return now.drawSeed === undefined ? undefined : now;
    });
    expect(after.drawCommitment).toBe(before.drawCommitment);
    expect(after.drawSize).toBe(early);
    expect(sha256(Buffer.from(after.drawSeed!, 'hex'))).toBe(before.drawCommitment);

    const latecomers = await atOnce(1, newPeople(late), (userId) => room.join(userId));
    expect(latecomers.map(({ token }) => token.position)).toEqual(upTo(late).map((number) => early + number));
    const drawn = await eventually('everybody’s place', async () => {
      const tokens = await atOnce(20, people, (userId) => room.look(userId));
      return tokens.every(({ position }) => position > 0) ? tokens : undefined;
    });
    const expected = computePlaces(Buffer.from(after.drawSeed!, 'hex'), early);
    expect(drawn.map(({ position }) => position)).toEqual(drawn.map(({ joinNumber }) => expected.get(joinNumber)));
    expect(drawn.map(({ joinNumber }) => joinNumber)).toEqual(joined.map(({ token }) => token.joinNumber));

    const { correlation, deviations } = correlationOf(expected);
    process.stderr.write(
      `draw of ${early}: rank correlation of joining and place ${correlation.toFixed(4)}, ${deviations.toFixed(2)} standard deviations from none\n`,
    );
    // Once in 1.7 million draws chance alone is further off.
    expect(Math.abs(deviations)).toBeLessThan(5);
  }, 120_000);
});
