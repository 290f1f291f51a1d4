import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createLogger } from '@ticketing/common/log';
import { GetSalesResponseSchema } from '@ticketing/contracts/gen/ticketing/reservation/v1/sales_pb';
import { createSalesWatcher } from './sales-watcher.ts';

const log = createLogger({ service: 'gateway', instance: 'test', level: 'silent' });
const base = 1_000_000;

type Answer = MessageInitShape<typeof GetSalesResponseSchema>;

/** Figures that were counted so many milliseconds after the first. */
const counted = (ms: number): Answer => ({ readAt: timestampFromMs(base + ms), performances: [] });

/** A service whose answers are given one by one, and clients that hear at once what there is. */
function scriptedSales(answers: (Answer | Error)[]) {
  const asked: string[] = [];
  const getSales = ({ concertId = '' }: { concertId?: string }) => {
    asked.push(concertId);
    const answer = answers.shift();
    if (answer instanceof Error) return Promise.reject(answer);
    return answer ? Promise.resolve(create(GetSalesResponseSchema, answer)) : new Promise<never>(() => undefined);
  };
  const watcher = createSalesWatcher({ getSales }, log);
  const watch = (concertId = 'concert') => {
    const heard: Uint8Array[] = [];
    const hear = (): void => {
      for (let event = feed.next(); event !== undefined; event = feed.next()) heard.push(event);
    };
    const feed = watcher.watch(concertId, { lastEventId: undefined, wake: hear, end: () => undefined });
    hear();
    return {
      heard,
      stop: feed.stop,
      times: () => heard.map((event) => Number(/^id: (\d+)/.exec(Buffer.from(event).toString())?.[1]) - base),
    };
  };
  return { asked, watch };
}

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});
const seconds = (count: number) => jest.advanceTimersByTimeAsync(count * 1_000);

describe('the sales watcher', () => {
  it('asks once a second for all who watch a concert, and tells each of them', async () => {
    const { asked, watch } = scriptedSales([counted(0), counted(1_000), counted(2_000)]);
    const [first, second] = [watch(), watch()];
    await seconds(2);
    expect(asked).toEqual(['concert', 'concert', 'concert']);
    for (const { times } of [first, second]) expect(times()).toEqual([0, 1_000, 2_000]);
    // Made once for both.
    expect(first.heard.map((event, index) => event === second.heard[index])).toEqual([true, true, true]);
  });

  it('tells those who come later at once what is known', async () => {
    const { asked, watch } = scriptedSales([counted(0)]);
    watch();
    await seconds(0);
    expect(watch().times()).toEqual([0]);
    expect(asked).toEqual(['concert']);
  });

  it('asks for nothing when nobody watches any more', async () => {
    const { asked, watch } = scriptedSales([counted(0), counted(1_000)]);
    const [first, second] = [watch(), watch()];
    await seconds(1);
    first.stop();
    second.stop();
    await seconds(5);
    expect(asked).toHaveLength(2);
  });

  it('goes on after an outage, and waits for an answer that hangs', async () => {
    const { asked, watch } = scriptedSales([new Error('out'), counted(1_000)]);
    const { times } = watch();
    await seconds(5);
    expect(times()).toEqual([1_000]);
    expect(asked).toHaveLength(3);
  });

  it('tells no older figures and nothing twice, but follows a clock that was set back', async () => {
    const { watch } = scriptedSales([counted(5_000), counted(4_000), counted(5_000), counted(6_000), counted(-60_000)]);
    const { times } = watch();
    await seconds(4);
    expect(times()).toEqual([5_000, 6_000, -60_000]);
  });
});
