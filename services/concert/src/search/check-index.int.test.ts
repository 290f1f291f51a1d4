import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { idToBinary, newId } from '@ticketing/common/database';
import { pollUntil } from '@ticketing/common/poll-until';
import { z } from 'zod';
import { type ListedConcert, loadConcert, toConcertEvent } from '../concerts/listed-concert.ts';
import type { Context } from '../context.ts';
import { addConcert, createTestContext, newWord, untilFound } from '../testing/test-catalogue.ts';
import { titleInIndex, withoutEvents } from '../testing/test-index.ts';
import { checkIndex, checkRange, type Drift, repairDrift } from './check-index.ts';
import type { ConcertState } from './index-concerts.ts';
import { indexAlias } from './index-definition.ts';
import { createSearchClient } from './search-client.ts';
import { accessIndex, type SearchIndex } from './search-index.ts';

let ctx: Context;
beforeAll(async () => {
  ctx = await createTestContext();
});
afterAll(() => ctx.stop());

async function listed(id: string): Promise<ListedConcert> {
  const concert = await loadConcert(ctx.db, id);
  if (!concert) throw new Error('the concert is not in the catalogue');
  return concert;
}

const found = z.object({ hits: z.object({ hits: z.array(z.object({ _id: z.string(), _version: z.number() })) }) });

async function driftOfAll(index: Pick<SearchIndex, 'work'>): Promise<Drift> {
  const all: Drift = { checked: 0, missing: [], stale: [], extra: [], next: undefined };
  let after: string | undefined;
  do {
    const drift = await checkRange({ db: ctx.db, index }, after);
    all.checked += drift.checked;
    for (const kind of ['missing', 'stale'] as const) all[kind].push(...drift[kind]);
    all.extra.push(...drift.extra);
    after = drift.next;
  } while (after !== undefined);
  return all;
}

describe('the drift check', () => {
  it('finds what the index lacks, has too old, or should not have', async () => {
    const [lacking, old] = [
      await addConcert(ctx, { title: newWord(), artist: newWord() }),
      await addConcert(ctx, { title: newWord(), artist: newWord() }),
    ];
    await untilFound(ctx, { q: (await listed(old)).title }, [old]);
    await ctx.db.execute('UPDATE concerts SET changed_at = changed_at - INTERVAL 1 MINUTE WHERE id IN (?)', [
      [lacking, old].map(idToBinary),
    ]);
    const ghost = `${old.slice(0, -12)}${'f'.repeat(12)}`;
    const drift = await driftOfAll({
      work: async (question) => {
        const answer: unknown = await ctx.index.work(question);
        const { hits } = found.parse(answer).hits;
        const kept = hits.filter(({ _id }) => _id !== lacking).map((hit) => (hit._id === old ? { ...hit, _version: 0 } : hit));
        return { hits: { hits: [...kept, ...(hits.some(({ _id }) => _id === old) ? [{ _id: ghost, _version: 1 }] : [])] } } as Awaited<
          ReturnType<typeof question>
        >;
      },
    });
    // Other tests write concerts behind the index's back.
    const own = (concerts: ConcertState[]): string[] =>
      concerts.map(({ concertId }) => concertId).filter((id) => id === lacking || id === old);
    expect(own(drift.missing)).toEqual([lacking]);
    expect(own(drift.stale)).toEqual([old]);
    expect(drift.extra).toEqual([ghost]);
  });

  it('puts the index right', async () => {
    const id = await addConcert({ ...ctx, db: withoutEvents(ctx.db) }, { title: newWord(), artist: newWord() });
    const ghost = newId();
    const document = { id: ghost, title: 'ghost' };
    await ctx.index.work((client, options) =>
      client.bulk({ index: indexAlias, refresh: true, operations: [{ index: { _id: ghost } }, document] }, options),
    );
    const missing = [toConcertEvent(await listed(id))];
    await repairDrift(ctx, { checked: 1, missing, stale: [], extra: [ghost, id], next: undefined });
    expect(await titleInIndex(ctx, id)).toBe(missing[0]?.title);
    await expect(titleInIndex(ctx, ghost)).rejects.toThrow();
  });

  it('brings back what somebody deleted from the index', async () => {
    const id = await addConcert(ctx, { title: newWord(), artist: newWord() });
    const { title, ...concert } = await listed(id);
    await untilFound(ctx, { q: title }, [id]);
    await ctx.index.work((client, options) => client.delete({ index: indexAlias, id, refresh: true }, options));
    const missing = [toConcertEvent({ title, ...concert })];
    // The clock by which Elasticsearch forgets goes in steps.
    const brought = await pollUntil(async () => {
      await repairDrift(ctx, { checked: 1, missing, stale: [], extra: [], next: undefined });
      return titleInIndex(ctx, id).catch(() => undefined);
    }, 10_000);
    expect(brought).toBe(title);
  });

  it('ends with the reason when it is to stop, although Elasticsearch does not answer', async () => {
    const server = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (typeof address !== 'object' || address === null) throw new Error('the server has no port');
    const client = createSearchClient({ httpPort: address.port, apiToken: 'token', endpoint: 'elasticsearch-bulk' });
    const stopping = new AbortController();
    const checking = checkIndex({ db: ctx.db, index: accessIndex(client), signal: stopping.signal }, false);
    server.once('request', () => stopping.abort(new Error('stopped')));
    await expect(checking).rejects.toThrow('stopped');
    await client.close();
    server.closeAllConnections();
    server.close();
  });
});
