import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Database, Queryable } from '@ticketing/common/database';
import { idToBinary, newId } from '@ticketing/common/database';
import { loadConcert } from '../concerts/listed-concert.ts';
import type { Context } from '../context.ts';
import { addConcert, addPerformance, createTestContext, newWord } from '../testing/test-catalogue.ts';

let ctx: Context;
beforeAll(async () => {
  ctx = await createTestContext();
});
afterAll(() => ctx.stop());

/** The events that were written about a concert, oldest first. */
async function eventsOf(concertId: string): Promise<string[]> {
  const rows = await ctx.db.query<{ type: string }>('SELECT type FROM outbox_events WHERE aggregate_id = ? ORDER BY seq', [concertId]);
  return rows.map(({ type }) => type);
}

async function performancesOf(concertId: string): Promise<number> {
  const [row] = await ctx.db.query<{ n: number }>('SELECT COUNT(*) AS n FROM performances WHERE concert_id = ?', [idToBinary(concertId)]);
  return row?.n ?? 0;
}

/** The same database, in which the nth event of a transaction can't be written. */
function failingAtEvent(db: Database, nth: number): Database {
  const failing = (tx: Queryable): Queryable => {
    let events = 0;
    return {
      ...tx,
      execute: (sql, values) => {
        if (sql.includes('outbox_events')) events += 1;
        return events === nth ? Promise.reject(new Error('the process dies here')) : tx.execute(sql, values);
      },
    };
  };
  return { ...db, transaction: (work) => db.transaction((tx) => work(failing(tx))) };
}

describe('schedulePerformance', () => {
  it('writes the performance, its event and that of the changed concert together', async () => {
    const concertId = await addConcert(ctx, { title: newWord(), artist: newWord() });
    await addPerformance(ctx, concertId, '2031-07-01T10:00:00Z');
    expect(await eventsOf(concertId)).toEqual([
      'concert.created',
      'catalogue.changed',
      'performance.scheduled',
      'concert.updated',
      'catalogue.changed',
    ]);
    expect(await performancesOf(concertId)).toBe(1);
    expect(await loadConcert(ctx.db, concertId)).toMatchObject({ version: 2, startsOn: '2031-07-01', endsOn: '2031-07-01' });
  });

  it('writes nothing at all when either event fails', async () => {
    const concertId = await addConcert(ctx, { title: newWord(), artist: newWord() });
    for (const nth of [1, 2, 3]) {
      const failing = { ...ctx, db: failingAtEvent(ctx.db, nth) };
      await expect(addPerformance(failing, concertId, '2031-07-01T10:00:00Z')).rejects.toThrow('dies here');
      expect(await eventsOf(concertId)).toEqual(['concert.created', 'catalogue.changed']);
      expect(await performancesOf(concertId)).toBe(0);
      expect(await loadConcert(ctx.db, concertId)).toMatchObject({ version: 1, startsOn: undefined });
    }
  });

  it('keeps count when many are scheduled at once', async () => {
    const concertId = await addConcert(ctx, { title: newWord(), artist: newWord() });
    const days = Array.from({ length: 9 }, (_, index) => `2031-08-0${index + 1}T10:00:00Z`);
    await Promise.all(days.map((day) => addPerformance(ctx, concertId, day)));
    expect(await performancesOf(concertId)).toBe(9);
    expect(await loadConcert(ctx.db, concertId)).toMatchObject({ version: 10, startsOn: '2031-08-01', endsOn: '2031-08-09' });
    const versions = await ctx.db.query<{ version: number }>(
      "SELECT CAST(JSON_VALUE(data, '$.version') AS UNSIGNED) AS version FROM outbox_events WHERE aggregate_id = ? AND type LIKE 'concert.%' ORDER BY seq",
      [concertId],
    );
    expect(versions.map(({ version }) => version)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it('refuses what begins before the sale, or has begun', async () => {
    const concertId = await addConcert(ctx, { title: newWord(), artist: newWord() });
    // The sale of test concerts opens on this moment.
    expect(await addPerformance(ctx, concertId, '2030-01-01T00:00:00Z')).toBe('invalid-time');
    await ctx.db.execute("UPDATE concerts SET sale_opens_at = '2020-01-01' WHERE id = ?", [idToBinary(concertId)]);
    expect(await addPerformance(ctx, concertId, new Date(Date.now() - 60_000).toISOString())).toBe('invalid-time');
    expect(await performancesOf(concertId)).toBe(0);
    expect(await addPerformance(ctx, concertId, new Date(Date.now() + 60_000).toISOString())).not.toBe('invalid-time');
  });

  it('refuses a concert that does not exist', async () => {
    expect(await addPerformance(ctx, newId(), '2031-07-01T10:00:00Z')).toBe('concert-not-found');
  });
});
