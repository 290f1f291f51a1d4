import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from '@jest/globals';
import { createLogger } from '@ticketing/common/log';
import { ListEndedSessionsResponseSchema } from '@ticketing/contracts/gen/ticketing/user/v1/user_pb';
import { createEndedSessions } from './ended-sessions.ts';

const log = createLogger({ service: 'gateway', instance: 'test', level: 'silent' });

/** A user service whose marks are positions in a list, and which answers when it is let. */
function userOf(pageSize = 100) {
  const source = { list: ['one'], down: false, marks: [] as string[], now: 1_000_000, answers: Promise.resolve() };
  const ended = createEndedSessions({
    log,
    now: () => source.now,
    user: {
      listEndedSessions: async ({ mark = '' }) => {
        source.marks.push(mark);
        await source.answers;
        if (source.down) throw new Error('down');
        const from = Number(mark);
        const sessionIds = source.list.slice(from, from + pageSize);
        const next = from + sessionIds.length;
        return create(ListEndedSessionsResponseSchema, {
          ...{ sessionIds, mark: String(next), hasMore: next < source.list.length, keepSeconds: 60 },
        });
      },
    },
  });
  return { source, ended };
}

describe('ended sessions', () => {
  it('are those that the user service lists', async () => {
    const { ended } = userOf();
    expect(await ended.has('one')).toBe(true);
    expect(await ended.has('two')).toBe(false);
  });

  it('cost nothing while nobody asks, and one question a second for any number of requests', async () => {
    const { source, ended } = userOf();
    source.now += 3_600_000;
    expect(source.marks).toEqual([]);
    await Promise.all(Array.from({ length: 50 }, async () => ended.has('two')));
    source.now += 999;
    await Promise.all(Array.from({ length: 50 }, async () => ended.has('two')));
    expect(source.marks).toEqual(['']);
    source.now += 1;
    await Promise.all(Array.from({ length: 50 }, async () => ended.has('two')));
    expect(source.marks).toEqual(['', '1']);
  });

  it('are known to the first request after a pause, which waits for them', async () => {
    const { source, ended } = userOf();
    expect(await ended.has('two')).toBe(false);
    source.list.push('two');
    source.now += 3_600_000;
    expect(await ended.has('two')).toBe(true);
  });

  it('are looked at beside the requests while the copy is less than two seconds old', async () => {
    const { source, ended } = userOf();
    await ended.has('two');
    source.list.push('two');
    source.now += 1_999;
    expect(ended.has('two')).toBe(false);
    await Promise.resolve();
    source.now += 1;
    expect(await ended.has('two')).toBe(true);
  });

  it('come in pages, and each is asked for once', async () => {
    const { source, ended } = userOf(2);
    source.list = ['a', 'b', 'c', 'd', 'e'];
    expect(await ended.has('e')).toBe(true);
    expect(source.marks).toEqual(['', '2', '4']);
  });

  it('stay known while the user service is out, and then nobody waits for it', async () => {
    const { source, ended } = userOf();
    await ended.has('one');
    source.down = true;
    source.now += 10_000;
    expect(await ended.has('one')).toBe(true);
    expect(await ended.has('two')).toBe(false);
    // It hangs now.
    source.answers = new Promise(() => undefined);
    source.now += 4_999;
    expect(ended.has('one')).toBe(true);
    expect(ended.has('two')).toBe(false);
  });

  it('let everybody in when they were never known, and are known when the service is back', async () => {
    const { source, ended } = userOf();
    source.down = true;
    expect(await ended.has('one')).toBe(false);
    source.down = false;
    source.now += 1_000;
    expect(ended.has('one')).toBe(false);
    await new Promise(setImmediate);
    expect(await ended.has('one')).toBe(true);
  });

  it('are forgotten when no token of them can be good', async () => {
    const { source, ended } = userOf();
    expect(await ended.has('one')).toBe(true);
    source.now += 59_000;
    expect(await ended.has('one')).toBe(true);
    source.now += 2_000;
    expect(await ended.has('one')).toBe(false);
  });

  it('are known at once where they were ended', async () => {
    const { source, ended } = userOf();
    await ended.has('two');
    ended.add('two');
    expect(ended.has('two')).toBe(true);
    expect(source.marks).toHaveLength(1);
  });
});
