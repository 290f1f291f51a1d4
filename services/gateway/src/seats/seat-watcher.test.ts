import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createLogger } from '@ticketing/common/log';
import {
  GetSeatChangesResponseSchema,
  type SeatChangesSchema,
  SeatStatus,
} from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import fc from 'fast-check';
import { createSeatWatcher } from './seat-watcher.ts';

interface News {
  complete: boolean;
  version: number;
  seats: { id: string; status: string }[];
}
type Changes = MessageInitShape<typeof SeatChangesSchema>;

const { AVAILABLE, HELD, SOLD } = SeatStatus;
const log = createLogger({ service: 'gateway', instance: 'test', level: 'silent' });
const at = (ms: number) => timestampFromMs(1_000_000 + ms);
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
  /** A client that hears whatever there is, unless it is slow: then it hears when `hear` is called. */
  const follow = async ({ lastEventId, slow = false }: { lastEventId?: string; slow?: boolean } = {}) => {
    const heard: Uint8Array[] = [];
    const events: { id: string; data: News }[] = [];
    const seats = new Map<string, string>();
    let ended = false;
    const look = await watcher.look('performance');
    if (!('concertId' in look)) throw new Error('refused');
    const hear = (): void => {
      for (let event = feed.next(); event !== undefined; event = feed.next()) {
        const [, id = '', data = ''] = /^id: (.+)\ndata: (.+)\n\n$/.exec(Buffer.from(event).toString()) ?? [];
        const news: News = JSON.parse(data);
        heard.push(event);
        events.push({ id, data: news });
        if (news.complete) seats.clear();
        for (const { id: seatId, status } of news.seats) seats.set(seatId, status);
      }
    };
    const feed = watcher.watch('performance', look, {
      lastEventId,
      wake: () => {
        if (!slow) hear();
      },
      end: () => {
        ended = true;
      },
    });
    hear();
    return { heard, events, seats, hear, stop: feed.stop, ended: () => ended };
  };
  return { asked, watcher, follow };
}

const everything: Changes = {
  etag: '"1"',
  version: 10n,
  readAt: at(0),
  complete: true,
  changes: [change('a', AVAILABLE), change('b', HELD)],
};

describe('the seat watcher', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });
  const turn = () => jest.advanceTimersByTimeAsync(500);

  it('tells every seat first, then what has changed, to all who follow by one call', async () => {
    const { asked, follow } = scriptedSeats([everything, { etag: '"2"', version: 11n, readAt: at(500), changes: [change('a', SOLD)] }]);
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
    // Made once for both.
    expect(first.heard.map((event, index) => event === second.heard[index])).toEqual([true, true]);
  });

  it('keeps to its state when another instance answers with an older one, and takes all seats for what is new in them', async () => {
    const [held, sold] = [
      [change('a', HELD), change('b', HELD)],
      [change('a', AVAILABLE), change('b', SOLD)],
    ];
    const older: Changes = { etag: '"0"', version: 10n, readAt: at(-1), complete: true, changes: held };
    const newer: Changes = { etag: '"3"', version: 12n, readAt: at(500), complete: true, changes: sold };
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

  it('believes what was read later, although its last change is an earlier one', async () => {
    // A hold that had ended was shown as free; then came the commit of the confirmation that had been in time.
    const confirmed: Changes = { etag: '"2"', version: 9n, readAt: at(500), changes: [change('b', SOLD)] };
    const { follow } = scriptedSeats([everything, confirmed]);
    const { seats } = await follow();
    await turn();
    expect(seats.get('b')).toBe('SOLD');
  });

  it('remembers that its state was read again, and keeps to it when one that was read between the two comes late', async () => {
    const again: Changes = { etag: '"1"', version: 10n, readAt: at(500) };
    const between: Changes = { etag: '"2"', version: 10n, readAt: at(250), complete: true, changes: [change('b', AVAILABLE)] };
    const { follow } = scriptedSeats([everything, again, between]);
    const { events } = await follow();
    await turn();
    await turn();
    expect(events).toHaveLength(1);
  });

  it('goes on when the clock of the database is set back', async () => {
    const { follow } = scriptedSeats([everything, { etag: '"2"', version: 10n, readAt: at(-10_000), changes: [change('b', SOLD)] }]);
    const { seats } = await follow();
    await turn();
    expect(seats.get('b')).toBe('SOLD');
  });

  it('leads a slow client over all that it has missed, by what has changed since', async () => {
    const { follow } = scriptedSeats([
      everything,
      { etag: '"2"', version: 11n, readAt: at(500), changes: [change('b', SOLD)] },
      { etag: '"3"', version: 12n, readAt: at(1_000), changes: [change('b', AVAILABLE)] },
    ]);
    const slow = await follow({ slow: true });
    await turn();
    await turn();
    expect(slow.events).toHaveLength(1);
    slow.hear();
    const last = { performanceId: 'performance', version: 12, complete: false, seats: [{ id: 'b', status: 'AVAILABLE' }] };
    expect(slow.events.slice(1)).toEqual([{ id: '3', data: last }]);
  });

  it('leads clients that hear now and then to exactly the state that there is', async () => {
    const status = fc.constantFrom(AVAILABLE, HELD, SOLD);
    const states = fc.array(fc.record({ seats: fc.array(status, { minLength: 5, maxLength: 5 }), hears: fc.boolean() }), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(states, async (all) => {
        const answers = all.map(({ seats }, index): Changes => {
          const changes = seats.map((now, seat) => change(`seat-${seat}`, now));
          return { etag: `"state-${index}"`, version: 1n, readAt: at(index), complete: true, changes };
        });
        const { follow } = scriptedSeats([everything, ...answers]);
        const [quick, slow] = [await follow(), await follow({ slow: true })];
        for (const { hears } of all) {
          await turn();
          if (hears) slow.hear();
        }
        slow.hear();
        const shown = all.at(-1)?.seats.map((now, seat) => [`seat-${seat}`, SeatStatus[now]] as const) ?? [];
        expect(new Map(quick.seats)).toEqual(new Map([['a', 'AVAILABLE'], ['b', 'HELD'], ...shown]));
        expect(slow.seats).toEqual(quick.seats);
      }),
    );
  });

  it('has nothing to tell a client that comes again and has seen it all', async () => {
    const { follow } = scriptedSeats([everything]);
    expect((await follow({ lastEventId: '1' })).events).toEqual([]);
    expect((await follow({ lastEventId: 'other' })).events).toHaveLength(1);
  });

  it('stops asking when nobody follows any more', async () => {
    const { asked, follow } = scriptedSeats([everything]);
    const { stop } = await follow();
    stop();
    await turn();
    expect(asked).toEqual(['']);
  });

  it('ends the stream of who came when the last one who followed had just left', async () => {
    const { watcher, follow } = scriptedSeats([everything]);
    const { stop } = await follow();
    const look = await watcher.look('performance');
    stop();
    const end = jest.fn();
    if (!('concertId' in look)) throw new Error('refused');
    const feed = watcher.watch('performance', look, { lastEventId: undefined, wake: () => undefined, end });
    expect(end).not.toHaveBeenCalled();
    expect(feed.next()).toBeUndefined();
    expect(end).toHaveBeenCalledTimes(1);
  });
});
