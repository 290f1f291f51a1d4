import { create } from '@bufbuild/protobuf';
import { describe, expect, it, jest } from '@jest/globals';
import { createLogger } from '@ticketing/common/log';
import {
  GetQueueTokenResponseSchema,
  GetQueueTokensResponseSchema,
  QueueTokenSchema,
  RoomState,
  TokenStatus,
} from '@ticketing/contracts/gen/ticketing/queue/v1/queue_pb';
import { createPlaceReader } from './place-reader.ts';

const log = createLogger({ service: 'gateway', instance: 'test', level: 'silent' });

/** A queue in which everybody but `stranger` has a place, and that answers the n-th call when it is let. */
function slowQueue() {
  const calls: { concertId: string; userIds: string[]; answer: () => void; fail: () => void }[] = [];
  const token = (userId: string) => create(QueueTokenSchema, { concertId: userId, status: TokenStatus.WAITING, roomState: RoomState.OPEN });
  const queue: Parameters<typeof createPlaceReader>[0] = {
    getRoomLine: () => Promise.reject(new Error('not now')),
    getQueueToken: () =>
      Promise.resolve(create(GetQueueTokenResponseSchema, { result: { case: 'refusal', value: { code: 'not-in-queue' } } })),
    getQueueTokens: ({ concertId = '', userIds = [] }) =>
      new Promise((resolve, reject) => {
        const items = userIds.filter((id) => id !== 'stranger').map((userId) => ({ userId, token: token(userId) }));
        const answer = (): void => resolve(create(GetQueueTokensResponseSchema, { items }));
        calls.push({ concertId, userIds, answer, fail: () => reject(new Error('out')) });
      }),
  };
  const untilCalled = async (times: number): Promise<void> => {
    while (calls.length < times) await new Promise((resolve) => setImmediate(resolve));
  };
  return { read: createPlaceReader(queue, log).read, calls, untilCalled };
}

describe('places', () => {
  it('of those who ask meanwhile are asked for together, each once, and each gets their own', async () => {
    const { read, calls, untilCalled } = slowQueue();
    const first = read('room', 'a');
    await untilCalled(1);
    const others = ['b', 'c', 'b'].map((userId) => read('room', userId));
    calls[0]?.answer();
    await untilCalled(2);
    calls[1]?.answer();
    expect(calls.map(({ userIds }) => userIds)).toEqual([['a'], ['b', 'c']]);
    const own = (await Promise.all([first, ...others])).map((result) => result.case === 'token' && result.value.concertId);
    expect(own).toEqual(['a', 'b', 'c', 'b']);
  });

  it('in different rooms do not wait for each other', async () => {
    const { read, calls, untilCalled } = slowQueue();
    void read('slow', 'a');
    const other = read('other', 'b');
    await untilCalled(2);
    calls[1]?.answer();
    expect((await other).case).toBe('token');
  });

  it('are asked for anew, together, beside a call that hangs', async () => {
    const { read, calls, untilCalled } = slowQueue();
    const clock = jest.spyOn(performance, 'now').mockReturnValue(0);
    const held = read('room', 'a');
    await untilCalled(1);
    const early = read('room', 'b');
    clock.mockReturnValue(1_001);
    const late = read('room', 'c');
    await untilCalled(2);
    clock.mockRestore();
    calls[1]?.answer();
    expect([(await early).case, (await late).case]).toEqual(['token', 'token']);
    calls[0]?.answer();
    expect((await held).case).toBe('token');
    expect(calls.map(({ userIds }) => userIds)).toEqual([['a'], ['b', 'c']]);
  });

  it('that there are not say why', async () => {
    const { read, calls, untilCalled } = slowQueue();
    const asked = read('room', 'stranger');
    await untilCalled(1);
    calls[0]?.answer();
    expect(await asked).toMatchObject({ case: 'refusal', value: { code: 'not-in-queue' } });
  });

  it('can be asked for again after a failure, which only those hear of who were asked for', async () => {
    const { read, calls, untilCalled } = slowQueue();
    const first = read('room', 'a');
    await untilCalled(1);
    const second = read('room', 'b');
    calls[0]?.fail();
    await expect(first).rejects.toThrow('out');
    await untilCalled(2);
    calls[1]?.answer();
    expect((await second).case).toBe('token');
  });
});
