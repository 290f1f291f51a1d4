import { create } from '@bufbuild/protobuf';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createLogger } from '@ticketing/common/log';
import {
  GetQueueTokensResponseSchema,
  QueueTokenSchema,
  RoomState,
  TokenStatus,
} from '@ticketing/contracts/gen/ticketing/queue/v1/queue_pb';
import { createPlaceWatcher } from './place-watcher.ts';
import { toQueueToken } from './queue-token.ts';

const log = createLogger({ service: 'gateway', instance: 'test', level: 'silent' });

/** A room in which everybody has as many people ahead as `ahead` says; who is not in it has no place. */
function watchRoom(ahead: Map<string, number>) {
  const calls: number[] = [];
  const token = (people: number) =>
    create(QueueTokenSchema, { concertId: 'room', status: TokenStatus.WAITING, roomState: RoomState.OPEN, ahead: people });
  const watcher = createPlaceWatcher(
    {
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

describe('the place watcher', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });
  const turn = () => jest.advanceTimersByTimeAsync(500);

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
