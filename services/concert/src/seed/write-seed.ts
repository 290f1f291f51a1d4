import type { Database } from '@ticketing/common/database';
import { idFromBinary, idToBinary } from '@ticketing/common/database';
import { publishConcert } from '../concerts/create-concert.ts';
import { writePerformance } from '../performances/schedule-performance.ts';
import { seedId } from './seed-id.ts';
import { type PlannedConcert, planSeed, seedConcerts, seedOwner } from './seed-plan.ts';

/**
 * Writes what is absent of the demonstration data, with its events; what is there stays as it is.
 * @returns how many concerts and performances were written
 */
export async function writeSeed(db: Database): Promise<{ concerts: number; performances: number }> {
  const ctx = { db, changed: () => undefined };
  const now = new Date();
  const planned = planSeed(await firstWritten(db), now);
  const known = await knownIds(db, planned);
  await adopt(db, planned);
  const count = { concerts: 0, performances: 0 };
  for (const concert of planned) {
    if (!known.has(concert.id)) {
      accepted(concert.id, await publishConcert(ctx, concert.request, concert.id));
      count.concerts += 1;
    }
    // A run that completes an earlier one may be too late for some.
    const missing = concert.performances.filter(({ id, startsAt }) => !known.has(id) && startsAt > now);
    for (const performance of missing) {
      accepted(performance.id, await writePerformance(ctx, performance.request, performance.id));
      count.performances += 1;
    }
  }
  return count;
}

/** Gives the demonstration organiser what was written before concerts had owners. */
async function adopt(db: Database, planned: PlannedConcert[]): Promise<void> {
  const owner = idToBinary(seedOwner);
  const ids = planned.map(({ id }) => idToBinary(id));
  await db.execute('UPDATE concerts SET owner_id = ? WHERE id IN (?) AND owner_id IS NULL', [owner, ids]);
  await db.execute('UPDATE venues SET owner_id = ? WHERE owner_id IS NULL AND id IN (SELECT venue_id FROM concerts WHERE id IN (?))', [
    owner,
    ids,
  ]);
}

/** The dates of all concerts hang on the first run's day, so that a later run completes an earlier one. */
async function firstWritten(db: Database): Promise<Date> {
  const ids = seedConcerts.map(({ key }) => idToBinary(seedId(`concert ${key}`)));
  const [row] = await db.query<{ first: Date | null }>('SELECT MIN(created_at) AS first FROM concerts WHERE id IN (?)', [ids]);
  return row?.first ?? new Date();
}

async function knownIds(db: Database, planned: PlannedConcert[]): Promise<Set<string>> {
  const concerts = planned.map(({ id }) => idToBinary(id));
  const performances = planned.flatMap((concert) => concert.performances.map(({ id }) => idToBinary(id)));
  const rows = await db.query<{ id: Buffer }>(
    'SELECT id FROM concerts WHERE id IN (?) UNION ALL SELECT id FROM performances WHERE id IN (?)',
    [concerts, performances],
  );
  return new Set(rows.map(({ id }) => idFromBinary(id)));
}

function accepted(id: string, { result }: { result?: { case: string | undefined; value?: unknown } }): void {
  if (result?.case === 'refusal') throw new Error(`${id} was refused: ${JSON.stringify(result.value)}`);
}
