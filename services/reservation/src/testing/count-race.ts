import { writeFileSync } from 'node:fs';
import { type Database, Rollback } from '@ticketing/common/database';
import { explained } from '@ticketing/common/testing/explained';
import { reportProgress, storedNumberedId } from '@ticketing/common/testing/many-rows';
import { formatMs, openAsMigrator } from '@ticketing/common/testing/plan-table';
import { withoutGuard } from '@ticketing/common/testing/without-guard';
import { countSeats } from '../seats/seat-counts.ts';

type Way = (db: Database) => Promise<unknown>;

const executions = 5;
const heldSeats = 500;
// With a thousand seats each: as many as a concert with thirty evenings of ten thousand has.
const performanceIds = Array.from({ length: 300 }, (_, number) => storedNumberedId('performance', number));

const counting: Way = (db) => countSeats(withoutGuard(db, 'FROM seats', 'FROM count_race'), performanceIds);
const countingByStatus: Way = (db) =>
  db.query(
    `SELECT performance_id, status, SUM(status <> 'HELD' OR hold_expires_at > UTC_TIMESTAMP(3)) AS seats
       FROM count_race WHERE performance_id IN (?) GROUP BY performance_id, status`,
    [performanceIds],
  );

/**
 * Measures what an index on the status of seats would save those who count them, and cost those who hold them, where `npm run explain`
 * asks for it, and writes it down. The seats are those of `fillReservations`.
 */
export async function writeCountRace(): Promise<void> {
  const folder = process.env.TICKETING_EXPLAIN;
  if (folder === undefined) return;
  reportProgress('counts of seats: an index on the status');
  const db = await openAsMigrator('reservation');
  try {
    await fillRace(db);
    const without = await measureAll(db);
    await db.execute('ALTER TABLE count_race ADD KEY count_race_status (performance_id, status, hold_expires_at)');
    await db.query('ANALYZE TABLE count_race');
    const withIndex = await measureAll(db);
    const rows = Object.entries(without).map(([what, result]) => `| ${what} | ${result} | ${withIndex[what] ?? ''} |`);
    const head = `# Counts of seats: rows, or an index on the status

Made by \`npm run explain\`. ${performanceIds.length} performances of 1,000 seats, of which every second is sold. For each: the index that is read, and the milliseconds of the
shortest of ${executions} executions; of holds the microseconds of one statement of ${heldSeats * 2} in a transaction that is rolled back.

| | as it is | with an index on performance, status and end of the hold |
|---|---|---|
`;
    writeFileSync(`${folder}/counts.md`, `${head}${rows.join('\n')}\n`);
  } finally {
    await db.execute('DROP TABLE IF EXISTS count_race');
    await db.close();
  }
}

async function fillRace(db: Database): Promise<void> {
  await db.execute('DROP TABLE IF EXISTS count_race');
  await db.execute('CREATE TABLE count_race LIKE seats');
  for (const id of performanceIds) await db.execute('INSERT INTO count_race SELECT * FROM seats WHERE performance_id = ?', [id]);
  await db.query('ANALYZE TABLE count_race');
}

async function measureAll(db: Database): Promise<Record<string, string>> {
  return {
    'a count of all, as the product does it': await measure(db, counting),
    'a count of all, by status': await measure(db, countingByStatus),
    'a seat that is held, or let go': `${Math.round((1_000 * (await shortest(() => holdAndLetGo(db)))) / (heldSeats * 2))} µs`,
  };
}

async function measure(db: Database, way: Way): Promise<string> {
  const { db: watched, statements } = explained(db);
  await way(watched);
  const keys = statements.flatMap(({ plan }) => plan.map(({ key }) => key ?? 'no index'));
  return `${keys.join(', ')}<br>${formatMs(await shortest(() => way(db)))} ms`;
}

async function shortest(work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let execution = 0; execution < executions; execution += 1) {
    const startedAt = performance.now();
    await work();
    times.push(performance.now() - startedAt);
  }
  return Math.min(...times);
}

function holdAndLetGo(db: Database): Promise<void> {
  const [performanceId = Buffer.alloc(16)] = performanceIds;
  return db.transaction(async (tx) => {
    const seats = await tx.query<{ id: Buffer }>(
      `SELECT id FROM count_race WHERE performance_id = ? AND status = 'AVAILABLE' ORDER BY position LIMIT ${heldSeats}`,
      [performanceId],
    );
    for (const status of ['HELD', 'AVAILABLE']) {
      const hold = status === 'HELD' ? 'UTC_TIMESTAMP(3) + INTERVAL 5 MINUTE' : 'NULL';
      for (const { id } of seats) {
        await tx.execute(`UPDATE count_race SET status = ?, hold_expires_at = ${hold} WHERE performance_id = ? AND id IN (?)`, [
          ...[status, performanceId],
          [id],
        ]);
      }
    }
    return new Rollback(undefined);
  });
}
