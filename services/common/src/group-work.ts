import type { Database } from './database.ts';
import { createMicroBatcher, sharedPace } from './micro-batcher.ts';

/** Does the work of one item, together with what arrives at the same time. */
export type GroupWork<I, O> = (db: Database, item: I) => Promise<O>;

type Settled<O> = { outcome: O } | { error: unknown };

/**
 * Work on a database that is done for many in one transaction: what arrives while a group is at work joins the next group. Alone, an item is a group of
 * one and waits for nothing; a group that takes long does not hold up the next.
 * @param limit the most items in a group
 * @param run does the work of a group wholly or not at all, and returns one outcome per item, in order. When it throws for several, each of
 *   them goes alone, so that one which can't be done harms no other.
 */
export function createGroupWork<I, O>(limit: number, run: (db: Database, items: I[]) => Promise<O[]>): GroupWork<I, O> {
  const runAlone = async (db: Database, item: I): Promise<Settled<O>> => {
    try {
      const [outcome] = await run(db, [item]);
      if (outcome === undefined) throw new Error('the work gave no outcome');
      return { outcome };
    } catch (error) {
      return { error };
    }
  };
  const runGroup = async (db: Database, items: I[]): Promise<Settled<O>[]> => {
    if (items.length > 1) {
      try {
        return (await run(db, items)).map((outcome) => ({ outcome }));
      } catch {
        // Each goes alone.
      }
    }
    return Promise.all(items.map((item) => runAlone(db, item)));
  };

  const groups = new WeakMap<Database, (item: I) => Promise<Settled<O>>>();
  const groupsOf = (db: Database): ((item: I) => Promise<Settled<O>>) => {
    const known = groups.get(db);
    if (known) return known;
    const work = createMicroBatcher<I, Settled<O>>({ limit, ...sharedPace }, (_key, items) => runGroup(db, items));
    const made = (item: I): Promise<Settled<O>> => work('', item);
    groups.set(db, made);
    return made;
  };

  return async (db, item) => {
    const settled = await groupsOf(db)(item);
    if ('error' in settled) throw settled.error;
    return settled.outcome;
  };
}
