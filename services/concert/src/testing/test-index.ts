import { pollUntil } from '@ticketing/common/poll-until';
import type { Context } from '../context.ts';
import { indexAlias } from '../search/index-definition.ts';
import { keeperLock } from '../search/keep-index.ts';

const owner = 'test';
const longestTestSeconds = 900;

/** Keeps every instance from looking after the index, once there is one, so that only the test does. @returns what lets them again */
export async function holdKeeper({ index, sidecar }: Pick<Context, 'index' | 'sidecar'>): Promise<() => Promise<void>> {
  const made = await pollUntil(async () => (await index.look()).live, 60_000);
  if (!made) throw new Error('the index keeper makes no index');
  const held = await pollUntil(async () => ((await sidecar.tryLock(keeperLock, owner, longestTestSeconds)) ? true : undefined), 30_000);
  if (!held) throw new Error('the index keeper does not let its lock go');
  return () => sidecar.unlock(keeperLock, owner);
}

/** The title that the index has of a concert, with all that was written before. @throws when the index does not have the concert */
export async function titleInIndex({ index }: Pick<Context, 'index'>, id: string): Promise<string | undefined> {
  const found = await index.work(async (client, options) => {
    await client.indices.refresh({ index: indexAlias }, options);
    return client.get<{ title: string }>({ index: indexAlias, id }, options);
  });
  return found._source?.title;
}

/** The same database, in which no event is written. */
export function withoutEvents(db: Context['db']): Context['db'] {
  return {
    ...db,
    transaction: (work) =>
      db.transaction((tx) =>
        work({ ...tx, execute: (sql, values) => (sql.includes('outbox_events') ? Promise.resolve(0) : tx.execute(sql, values)) }),
      ),
  };
}
