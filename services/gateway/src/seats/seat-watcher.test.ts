import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createLogger } from '@ticketing/common/log';
import {
  GetSeatChangesResponseSchema,
  type SeatChangesSchema,
  SeatStatus,
} from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import type { StreamEvent } from '../http/event-streams.ts';
import { createSeatWatcher } from './seat-watcher.ts';

type Changes = MessageInitShape<typeof SeatChangesSchema>;

const { AVAILABLE, HELD, SOLD } = SeatStatus;
const log = createLogger({ service: 'gateway', instance: 'test', level: 'silent' });
const change = (seatId: string, status: SeatStatus) => ({ seatId, status });

/** A service whose answers are given one by one; what it is asked is noted. */
function scriptedSeats(answers: (Changes | Promise<Changes>)[]) {
  const asked: string[] = [];
  const getSeatChanges = async ({ etag = '' }: { etag?: string }) => {
    asked.push(etag);
    const value = await (answers.shift() ?? new Promise<Changes>(() => undefined));
    return create(GetSeatChangesResponseSchema, { result: { case: 'changes', value: { concertId: 'concert', ...value } } });
  };
  const watcher = createSeatWatcher({ getSeatChanges }, log);
  const follow = async (lastEventId?: string) => {
    const events: StreamEvent[] = [];
    const seats = new Map<string, string>();
    let ended = false;
    const look = await watcher.look('performance');
    if (!('concertId' in look)) throw new Error('refused');
    const stop = watcher.watch('performance', look, {
      lastEventId,
      send: (event) => {
        events.push(event);
        for (const { id, status } of (event.data as { seats: { id: string; status: string }[] }).seats) seats.set(id, status);
      },
      end: () => {
        ended = true;
      },
    });
    return { events, seats, stop, ended: () => ended };
  };
  return { asked, follow };
}

const everything: Changes = { etag: '"1"', version: 10n, complete: true, changes: [change('a', AVAILABLE), change('b', HELD)] };

describe('the seat watcher', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });
  const turn = () => jest.advanceTimersByTimeAsync(500);

  it('tells every seat first, then what has changed, to all who follow by one call', async () => {
    const { asked, follow } = scriptedSeats([everything, { etag: '"2"', version: 11n, changes: [change('a', SOLD)] }]);
    const [first, second] = [await follow(), await follow()];
    await turn();
    for (const { events } of [first, second]) {
      expect(events).toEqual([
        {
          id: '1',
          data: {
            performanceId: 'performance',
            version: 10,
            complete: true,
            seats: [
              { id: 'a', status: 'AVAILABLE' },
              { id: 'b', status: 'HELD' },
            ],
          },
        },
        { id: '2', data: { performanceId: 'performance', version: 11, complete: false, seats: [{ id: 'a', status: 'SOLD' }] } },
      ]);
    }
    expect(asked).toEqual(['', '"1"']);
  });

  it('keeps to its state when another instance answers with an older one, and takes all seats for what is new in them', async () => {
    const older: Changes = { etag: '"0"', version: 9n, complete: true, changes: [change('a', HELD), change('b', HELD)] };
    const newer: Changes = { etag: '"3"', version: 12n, complete: true, changes: [change('a', AVAILABLE), change('b', SOLD)] };
    const { follow } = scriptedSeats([everything, older, newer]);
    const { events, seats } = await follow();
    await turn();
    expect(events).toHaveLength(1);
    await turn();
    expect(events.at(-1)?.data).toMatchObject({ complete: false, seats: [{ id: 'b', status: 'SOLD' }] });
    expect([...seats]).toEqual([
      ['a', 'AVAILABLE'],
      ['b', 'SOLD'],
    ]);
  });

  it('has nothing to tell a client that comes again and has seen it all', async () => {
    const { follow } = scriptedSeats([everything]);
    expect((await follow('1')).events).toEqual([]);
    expect((await follow('other')).events).toHaveLength(1);
  });

  it('stops asking when nobody follows any more', async () => {
    const { asked, follow } = scriptedSeats([everything]);
    const { stop } = await follow();
    stop();
    await turn();
    expect(asked).toEqual(['']);
  });
});
