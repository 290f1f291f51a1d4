import { type Database, idFromBinary, idToBinary, isDatabaseOut } from '@ticketing/common/database';
import { loadConcert } from './listed-concert.ts';
import { recordChange } from './record-change.ts';

/** Counts how often concerts are looked at. Suggestions are ranked by it. */
export interface Views {
  count: (concertId: string, views: number) => void;
  /** Takes what was counted since the last time. */
  take: () => Map<string, number>;
}

export function createViews(): Views {
  let counts = new Map<string, number>();
  return {
    count: (concertId, views) => {
      counts.set(concertId, (counts.get(concertId) ?? 0) + views);
    },
    take: () => {
      const taken = counts;
      counts = new Map();
      return taken;
    },
  };
}

// A step of popularity for each doubling, so that a concert is indexed anew a dozen times in its life and not with each look.
const step = 'LEAST(FLOOR(LOG2(views / 16 + 1)), 255)';

/** Writes down what was counted. Where that makes a concert more popular by a step, it counts as a change of the concert. */
export async function writeViews(
  { db, changed }: { db: Database; changed: (concertId: string) => void },
  views: ReadonlyMap<string, number>,
): Promise<void> {
  const failures: unknown[] = [];
  const failed = (error: unknown): void => {
    if (isDatabaseOut(error)) throw error;
    failures.push(error);
  };
  for (const [id, count] of views) {
    await db.execute('UPDATE concerts SET views = views + ? WHERE id = ?', [count, idToBinary(id)]).catch(failed);
  }
  for (const id of await risen(db, [...views.keys()])) {
    if (await rise(db, id).catch(failed)) changed(id);
  }
  // One concert that can't be changed holds up no other.
  if (failures.length > 0) throw failures[0];
}

async function rise(db: Database, id: string): Promise<boolean> {
  return db.transaction(async (tx) => {
    const count = await tx.execute(
      `UPDATE concerts SET popularity = ${step}, version = version + 1, changed_at = UTC_TIMESTAMP(3) WHERE id = ? AND popularity < ${step}`,
      [idToBinary(id)],
    );
    const concert = count === 1 ? await loadConcert(tx, id) : undefined;
    if (concert) await recordChange(tx, 'concert.updated', concert);
    return concert !== undefined;
  });
}

async function risen(db: Database, ids: string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  const rows = await db.query<{ id: Buffer }>(`SELECT id FROM concerts WHERE id IN (?) AND popularity < ${step}`, [ids.map(idToBinary)]);
  return rows.map(({ id }) => idFromBinary(id));
}
