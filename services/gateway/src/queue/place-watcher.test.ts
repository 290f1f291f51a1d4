import { setImmediate as nextTurn } from 'node:timers/promises';
import { create } from '@bufbuild/protobuf';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createLogger } from '@ticketing/common/log';
import {
  GetQueueTokensResponseSchema,
  QueueTokenSchema,
  RoomState,
  TokenStatus,
} from '@ticketing/contracts/gen/ticketing/queue/v1/queue_pb';
import { createPlaceReader } from './place-reader.ts';
import { createPlaceWatcher } from './place-watcher.ts';
import { toQueueToken } from './queue-token.ts';

const log = createLogger({ service: 'gateway', instance: 'test', level: 'silent' });

/** A room in which everybody has as many people ahead as `ahead` says; who is not in it has no place. */
function watchRoom(ahead: Map<string, number>) {
  const calls: number[] = [];
  const token = (people: number) =>
    create(QueueTokenSchema, { concertId: 'room', status: TokenStatus.WAITING, roomState: RoomState.OPEN, ahead: people });
  const watcher = createPlaceWatcher(
    createPlaceReader(
      {
        getRoomLine: () => Promise.reject(new Error('not now')),
        getQueueToken: () => Promise.reject(new Error('not now')),
        getQueueTokens: ({ userIds = [] }) => {
          calls.push(userIds.length);
          const items = userIds.flatMap((userId) => {
            const people = ahead.get(userId);
            return people === undefined ? [] : [{ userId, token: token(people) }];
          });
          return Promise.resolve(create(GetQueueTokensResponseSchema, { items }));
        },
      },
      log,
    ),
    log,
  );
  const listen = (userId: string) => {
    const woken = { times: 0, ends: 0 };
    const wake = (): void => {
      woken.times += 1;
    };
    const end = (): void => {
      woken.ends += 1;
    };
    const feed = watcher.watch('room', userId, toQueueToken(token(ahead.get(userId) ?? 0)), { lastEventId: undefined, wake, end });
    const hear = () => /"ahead":(\d+)/.exec(Buffer.from(feed.next() ?? '').toString())?.[1];
    return { userId, woken, hear, stop: feed.stop };
  };
  return { calls, listen };
}

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

/** Half a second, in which everybody is looked at. */
async function turn(): Promise<void> {
  await jest.advanceTimersByTimeAsync(500);
  for (let turns = 0; turns < 10; turns += 1) await nextTurn();
}

describe('the place watcher', () => {
  it('asks once for each person, in a few calls, and tells everybody their own place', async () => {
    const ahead = new Map(Array.from({ length: 1_200 }, (_, place) => [`user-${place}`, place]));
    const { calls, listen } = watchRoom(ahead);
    const listeners = [...ahead.keys(), 'user-7'].map(listen);
    for (const { userId, hear } of listeners) expect(hear()).toBe(`${ahead.get(userId)}`);
    await turn();
    expect(calls).toEqual([500, 500, 200]);
    expect(listeners.every(({ woken }) => woken.times === 0)).toBe(true);
    for (const [userId, people] of ahead) ahead.set(userId, people + 10_000);
    await turn();
    for (const { userId, hear } of listeners) expect([hear(), hear()]).toEqual([`${ahead.get(userId)}`, undefined]);
  });

  it('tells who hears late the present place only, and nothing when it is the same again', async () => {
    const ahead = new Map([['fan', 9]]);
    const { listen } = watchRoom(ahead);
    const { hear, woken } = listen('fan');
    expect(hear()).toBe('9');
    for (const people of [8, 7, 6]) {
      ahead.set('fan', people);
      await turn();
    }
    expect(woken.times).toBe(3);
    expect([hear(), hear()]).toEqual(['6', undefined]);
    for (const people of [5, 6]) {
      ahead.set('fan', people);
      await turn();
    }
    expect(hear()).toBeUndefined();
  });

  it('ends the stream of a person without a place, and stops polling when nobody listens', async () => {
    const ahead = new Map([['fan', 9]]);
    const { calls, listen } = watchRoom(ahead);
    const { woken, stop } = listen('fan');
    ahead.clear();
    await turn();
    expect(woken.ends).toBe(1);
    stop();
    await turn();
    expect(calls).toEqual([1]);
  });
});

describe('those who wait', () => {
  /** A room whose line tells everybody's place but that of `called`, who are asked for. */
  function watchLine() {
    const room = { serving: 0, called: new Set<string>() };
    const asked: string[][] = [];
    const standing = (place: number, status: TokenStatus) =>
      toQueueToken({
        ...{ concertId: 'room', status, roomState: RoomState.OPEN, joinNumber: place, position: place },
        ...{ ahead: Math.max(0, place - room.serving), etaSeconds: 1, pollAfterMs: 1 },
      });
    const watcher = createPlaceWatcher(
      {
        follow: () => Promise.resolve((userId) => (room.called.has(userId) ? undefined : standing(Number(userId), TokenStatus.WAITING))),
        ask: (_concertId, userIds) => {
          asked.push(userIds);
          return Promise.resolve(new Map(userIds.map((userId) => [userId, standing(Number(userId), TokenStatus.ACTIVE)])));
        },
      },
      log,
    );
    const listen = (place: number) => {
      const heard: string[] = [];
      const wake = (): void => {
        const text = Buffer.from(feed.next() ?? '').toString();
        heard.push(`${/"status":"(\w+)"/.exec(text)?.[1]} ${/"ahead":(\d+)/.exec(text)?.[1]}`);
      };
      const feed = watcher.watch('room', `${place}`, standing(place, TokenStatus.WAITING), {
        lastEventId: undefined,
        wake,
        end: () => undefined,
      });
      feed.next();
      return heard;
    };
    return { room, asked, listen };
  }

  it('hear of each move near the front, and of each second one behind many, in turn', async () => {
    const { room, asked, listen } = watchLine();
    const [near, far, farther] = [listen(50), listen(1_000), listen(1_001)];
    for (let moves = 0; moves < 4; moves += 1) {
      room.serving += 1;
      await turn();
    }
    expect(near).toEqual(['WAITING 49', 'WAITING 48', 'WAITING 47', 'WAITING 46']);
    expect([far, farther]).toEqual([
      ['WAITING 998', 'WAITING 996'],
      ['WAITING 1000', 'WAITING 998'],
    ]);
    expect(asked).toEqual([]);
  });

  it('hear at once that they are called, and the queue is asked about them only', async () => {
    const { room, asked, listen } = watchLine();
    const people = [1_000, 1_001, 1_002, 1_003].map(listen);
    room.serving = 1_001;
    room.called = new Set(['1000', '1001']);
    await turn();
    expect(people.slice(0, 2)).toEqual([['ACTIVE 0'], ['ACTIVE 0']]);
    expect(asked).toEqual([['1000', '1001']]);
  });
});
