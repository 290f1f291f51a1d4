import { describe, expect, it } from '@jest/globals';
import type { PublishEntry } from './dapr.ts';
import { idToBinary, newId } from './database.ts';
import { idOf, type OutboxRow, publishEvents } from './publish-events.ts';

function rowsOf(aggregates: string[], bytes = 10): OutboxRow[] {
  return aggregates.map((aggregate, index) => ({
    ...{ seq: index, id: idToBinary(newId()), topic: 'users', type: 'user.registered' },
    ...{ aggregate_id: aggregate, data: JSON.stringify({ text: '가'.repeat(bytes / 3) }), traceparent: null },
  }));
}

/** A broker that answers each call with what it does not take of it. */
function broker(refuses: (ids: string[]) => string[] | Error) {
  const calls: PublishEntry[][] = [];
  const publish = (_topic: string, entries: PublishEntry[]): Promise<Set<string>> => {
    calls.push(entries);
    const answer = refuses(entries.map(({ id }) => id));
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(new Set(answer));
  };
  return { calls, sidecar: { publish } };
}

const seqs = (rows: OutboxRow[]): number[] => rows.map(({ seq }) => seq);

describe('events on their way to the broker', () => {
  it('go in calls of a mebibyte, one that is larger alone', async () => {
    const { calls, sidecar } = broker(() => []);
    const rows = [
      ...rowsOf(
        Array.from({ length: 300 }, () => newId()),
        15_000,
      ),
      ...rowsOf([newId()], 2_000_000),
    ];
    expect((await publishEvents(sidecar, 'users', rows)).taken).toEqual(rows);
    expect(calls.map((call) => call.length)).toEqual([65, 65, 65, 65, 40, 1]);
    for (const call of calls.slice(0, -1)) expect(Buffer.byteLength(JSON.stringify(call))).toBeLessThanOrEqual(2 ** 20);
  });

  it('wait behind one of their aggregate that is refused by name; all others pass', async () => {
    const rows = rowsOf(['a', 'b', 'a', 'b', 'a']);
    const { sidecar } = broker(() => [idOf(rows[2]!)]);
    const { taken, refused, isWell } = await publishEvents(sidecar, 'users', rows);
    expect([seqs(taken), seqs(refused), isWell]).toEqual([[0, 1, 3], [2], true]);
  });

  it.each([0, 1, 7, 31])('pass around number %d, which spoils every call that it is in', async (place) => {
    const rows = rowsOf(Array.from({ length: 32 }, (_, index) => `aggregate ${index}`));
    const spoiler = idOf(rows[place]!);
    const { sidecar } = broker((ids) => (ids.includes(spoiler) ? ids : []));
    // Whether the broker is well is found out by one event that is left to chance; another turn asks another one.
    let publication = await publishEvents(sidecar, 'users', rows);
    while (!publication.isWell) publication = await publishEvents(sidecar, 'users', rows);
    expect(seqs(publication.refused)).toEqual([place]);
    expect(publication.taken).toHaveLength(31);
  });

  it('are given up after two calls while the broker is out, and none of them is at fault', async () => {
    for (const refuses of [(ids: string[]) => ids, () => new Error('no sidecar')]) {
      const { calls, sidecar } = broker(refuses);
      const publication = await publishEvents(
        sidecar,
        'users',
        rowsOf(
          Array.from({ length: 300 }, () => newId()),
          15_000,
        ),
      );
      expect(publication).toEqual({ taken: [], refused: [], isWell: false });
      expect(calls.map((call) => call.length)).toEqual([65, 1]);
    }
  });

  it('are not sent past an earlier one of their aggregate in another call', async () => {
    const rows = [...rowsOf(['a'], 900_000), ...rowsOf(['a', 'b'], 600_000)];
    const { calls, sidecar } = broker((ids) => ids.filter((id) => id === idOf(rows[0]!)));
    const { taken } = await publishEvents(sidecar, 'users', rows);
    expect([calls.map((call) => call.map(({ key }) => key)), taken.map((row) => row.aggregate_id)]).toEqual([[['a'], ['b']], ['b']]);
  });
});
