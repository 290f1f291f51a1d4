import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs, timestampMs } from '@bufbuild/protobuf/wkt';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createLogger } from '@ticketing/common/log';
import {
  GetQueueTokenResponseSchema,
  GetQueueTokensResponseSchema,
  GetRoomLineResponseSchema,
  QueueTokenSchema,
  type RoomLineSchema,
  RoomState,
  TokenStatus,
} from '@ticketing/contracts/gen/ticketing/queue/v1/queue_pb';
import { NumberSet } from '@ticketing/contracts/number-set';
import { createPlaceReader } from './place-reader.ts';

const log = createLogger({ service: 'gateway', instance: 'test', level: 'silent' });
const openedAt = 1_000_000;
const startedAt = 5_000_000;

let time = { ms: 0 };
beforeEach(() => {
  time = { ms: 1_000 };
  jest.spyOn(performance, 'now').mockImplementation(() => time.ms);
});
afterEach(() => {
  jest.restoreAllMocks();
});

/** A gateway before a room in which the fan has the 40th place, and the queue says so whenever it is asked. */
function openRoom(line: MessageInitShape<typeof RoomLineSchema> = {}) {
  const room = {
    epoch: 'one',
    opensAt: timestampFromMs(openedAt),
    releasedAt: timestampFromMs(0),
    ...{ drawn: true, serving: 10, front: 2, slowestRate: 2 },
    ...line,
  };
  const token = {
    ...{ concertId: 'room', epoch: 'one', status: TokenStatus.WAITING, roomState: RoomState.OPEN },
    ...{ joinNumber: 40, position: 40, ahead: 999, departures: 0 },
  };
  const asked = { places: 0, lines: 0 };
  const queue = {
    lineDown: false,
    /** Called before the queue answers about places. */
    meanwhile: (): void => undefined,
  };
  const { read, follow, remember, forget } = createPlaceReader(
    {
      getRoomLine: () => {
        asked.lines += 1;
        if (queue.lineDown) return Promise.reject(new Error('down'));
        const now = timestampFromMs(startedAt + time.ms);
        return Promise.resolve(create(GetRoomLineResponseSchema, { result: { case: 'line', value: { ...room, now } } }));
      },
      getQueueTokens: ({ userIds = [] }) => {
        asked.places += 1;
        queue.meanwhile();
        return Promise.resolve(create(GetQueueTokensResponseSchema, { items: userIds.map((userId) => ({ userId, token })) }));
      },
      getQueueToken: () => Promise.resolve(create(GetQueueTokenResponseSchema, {})),
    },
    log,
  );
  return {
    ...{ room, token, asked, queue, remember, forget, follow },
    look: async () => {
      const result = await read('room', 'fan');
      return result.case === 'token' ? result.value : undefined;
    },
    later: () => {
      time.ms += 401;
    },
  };
}

describe('who waits and is known', () => {
  it('is told by the line alone, as the line moves', async () => {
    const { look, later, room, asked } = openRoom();
    expect(await look()).toMatchObject({ ahead: 999 });
    expect(await look()).toEqual({
      ...{ concertId: 'room', status: 'WAITING', roomState: 'OPEN', joinNumber: 40, position: 40 },
      ...{ ahead: 31, etaSeconds: 16, pollAfterMs: expect.any(Number) },
    });
    Object.assign(room, { serving: 30, gone: NumberSet.parse('').with(35).with(36).toJSON(), paused: true });
    later();
    expect(await look()).toMatchObject({ ahead: 9, etaSeconds: 5, roomState: 'PAUSED' });
    expect(asked).toEqual({ places: 1, lines: 2 });
  });

  it('has one call made for everybody who asks, about twice a second', async () => {
    const { look, later, asked } = openRoom();
    await look();
    await Promise.all([look(), look(), look()]);
    time.ms += 399;
    await look();
    expect(asked.lines).toBe(1);
    later();
    await Promise.all([look(), look()]);
    expect(asked).toEqual({ places: 1, lines: 2 });
  });

  it('hears of the end of the sale, of the closing and of the last seat', async () => {
    const { look, later, room, asked } = openRoom();
    await look();
    Object.assign(room, { soldOut: true });
    expect(await look()).toMatchObject({ status: 'SOLD_OUT' });
    later();
    Object.assign(room, { closed: true });
    expect(await look()).toMatchObject({ status: 'EXPIRED', roomState: 'CLOSED' });
    later();
    Object.assign(room, { soldOut: false, closed: false, endsAt: timestampFromMs(startedAt + time.ms + 100) });
    expect(await look()).toMatchObject({ status: 'WAITING' });
    time.ms += 100;
    expect(await look()).toMatchObject({ status: 'EXPIRED', roomState: 'CLOSED' });
    expect(asked.places).toBe(1);
  });

  it('goes by the clock of the queue, whatever that of the gateway is', async () => {
    const { look, room, token } = openRoom({ drawn: false, serving: 0, front: 0 });
    Object.assign(token, { position: 0, status: TokenStatus.PRE_OPEN });
    room.opensAt = timestampFromMs(startedAt + 10_000);
    jest.spyOn(Date, 'now').mockReturnValue(timestampMs(room.opensAt) + 86_400_000);
    await look();
    expect(await look()).toMatchObject({ status: 'PRE_OPEN', roomState: 'PRE_OPEN', position: 0, ahead: 0, etaSeconds: 9 });
    time.ms += 399;
    expect(await look()).toMatchObject({ status: 'PRE_OPEN', etaSeconds: 9 });
  });

  it('is known from the join on', async () => {
    const { look, remember, token, asked } = openRoom();
    remember('fan', create(QueueTokenSchema, token), 0);
    expect(await look()).toMatchObject({ ahead: 31 });
    expect(asked).toEqual({ places: 0, lines: 1 });
  });
});

describe('the queue is asked', () => {
  it.each<[string, MessageInitShape<typeof RoomLineSchema>]>([
    ['about who is called', { serving: 40 }],
    ['about who was called', { serving: 50 }],
    ['about who has left through another instance', { departures: 1, departed: [40] }],
    ['after more have left than it names', { departures: 3, departed: [7, 8] }],
    ['after the room was lost and opened again', { epoch: 'two' }],
  ])('%s', async (_name, change) => {
    const { look, later, room, asked } = openRoom();
    await look();
    await look();
    expect(asked.places).toBe(1);
    Object.assign(room, change);
    later();
    expect(await look()).toMatchObject({ ahead: 999 });
    expect(asked.places).toBe(2);
  });

  it('for a place that was drawn, and about who is away before the draw', async () => {
    const { look, later, room, token, asked } = openRoom({ drawn: false, serving: 0, front: 0 });
    token.position = 0;
    await look();
    await look();
    expect(asked.places).toBe(1);
    later();
    Object.assign(room, { absent: NumberSet.parse('').with(40).toJSON() });
    await look();
    expect(asked.places).toBe(2);
    later();
    Object.assign(room, { absent: '', drawn: true });
    token.position = 33;
    await look();
    expect(asked.places).toBe(3);
    expect(await look()).toMatchObject({ position: 33, ahead: 32 });
    expect(asked.places).toBe(3);
  });

  it('while it does not tell the line', async () => {
    const { look, later, queue, asked } = openRoom();
    await look();
    queue.lineDown = true;
    expect([await look(), await look()]).toEqual([expect.objectContaining({ ahead: 999 }), expect.objectContaining({ ahead: 999 })]);
    expect(asked).toEqual({ places: 3, lines: 1 });
    queue.lineDown = false;
    later();
    expect(await look()).toMatchObject({ ahead: 31 });
  });

  it('at once by who has left here, also when an answer of before comes after that', async () => {
    const { look, later, forget, queue, asked } = openRoom();
    await look();
    await look();
    forget('room', 'fan');
    await look();
    expect(asked.places).toBe(2);
    later();
    forget('room', 'fan');
    later();
    queue.meanwhile = () => {
      queue.meanwhile = () => undefined;
      time.ms += 1;
      forget('room', 'fan');
    };
    await look();
    time.ms += 1;
    await look();
    expect(asked.places).toBe(4);
    expect(await look()).toMatchObject({ ahead: 31 });
  });

  it('by who comes from a version of it that names no epoch', async () => {
    const { look, token, asked } = openRoom({ epoch: '' });
    token.epoch = '';
    await look();
    await look();
    expect(asked).toEqual({ places: 2, lines: 0 });
  });
});

describe('who left before somebody was told of a place', () => {
  it('makes nobody ask again, however many they are', async () => {
    const { look, later, room, token, asked } = openRoom({ departures: 5, departed: [1, 2, 3, 4, 5] });
    token.departures = 5;
    await look();
    for (let gone = 6; gone <= 60; gone += 5) {
      later();
      Object.assign(room, { departures: gone, departed: Array.from({ length: 5 }, (_, index) => 100 + gone - index) });
      await look();
    }
    expect(asked.places).toBe(1);
  });
});
