import { createHash } from 'node:crypto';
import type { Database } from '@ticketing/common/database';
import { toDocument } from './concert-document.ts';
import { indexAlias, indexDefinition } from './index-definition.ts';

/** The lock of who builds an index of this definition, or removes one. */
export const buildLock = `search-index-${indexAlias}`;

/** What is known of an index of this or of another definition. */
export interface IndexBuild {
  name: string;
  startedAt: Date;
  /** Id of the last concert that was copied. */
  copiedTo: Buffer;
  copied: number;
  finished: boolean;
  definition: string;
  /** The index lacks nothing that changed before; the start of its build where nobody has looked since. */
  caughtUpTo: Date;
  /** Nobody has looked after it for two weeks. */
  abandoned: boolean;
}

interface Row {
  index_name: string;
  started_at: Date;
  copied_to: Buffer;
  copied: number;
  finished: number;
  definition: string;
  caught_up_to: Date;
  abandoned: number;
}

/** Every index that has been built and not removed since, the last first. */
export async function readBuilds(db: Database): Promise<IndexBuild[]> {
  const rows = await db.query<Row>(
    `SELECT index_name, started_at, copied_to, copied, finished_at IS NOT NULL AS finished, definition,
            COALESCE(caught_up_to, started_at) AS caught_up_to, kept_at < UTC_TIMESTAMP(3) - INTERVAL 14 DAY AS abandoned
       FROM index_builds ORDER BY started_at DESC`,
  );
  return rows.map((row) => ({
    name: row.index_name,
    startedAt: row.started_at,
    copiedTo: row.copied_to,
    copied: row.copied,
    finished: row.finished === 1,
    definition: row.definition,
    caughtUpTo: row.caught_up_to,
    abandoned: row.abandoned === 1,
  }));
}

/** Whether an index has the definition's number of this build. */
export function isOwn(name: string): boolean {
  return name.startsWith(`${indexAlias}-`);
}

/** Notes an index that is to be filled. @returns it, with a name of its own */
export async function addBuild(db: Database): Promise<IndexBuild> {
  const startedAt = await readClock(db);
  const name = `${indexAlias}-${startedAt.getTime()}`;
  const copiedTo = Buffer.alloc(16);
  const definition = definitionHash();
  await db.execute('INSERT INTO index_builds (index_name, started_at, copied_to, definition) VALUES (?, ?, ?, ?)', [
    ...[name, startedAt, copiedTo, definition],
  ]);
  return { name, startedAt, copiedTo, copied: 0, finished: false, definition, caughtUpTo: startedAt, abandoned: false };
}

/** Notes an index that answers although nothing is known of it: it may lack anything. */
export async function adoptIndex(db: Database, name: string): Promise<Date> {
  const ever = new Date(0);
  await db.execute('INSERT IGNORE INTO index_builds (index_name, started_at, copied_to, finished_at) VALUES (?, ?, ?, UTC_TIMESTAMP(3))', [
    ...[name, ever, Buffer.alloc(16)],
  ]);
  return ever;
}

export async function noteCopied(
  db: Database,
  { name, copiedTo, copied }: Pick<IndexBuild, 'name' | 'copiedTo' | 'copied'>,
): Promise<void> {
  await db.execute('UPDATE index_builds SET copied_to = ?, copied = ?, kept_at = UTC_TIMESTAMP(3) WHERE index_name = ?', [
    ...[copiedTo, copied, name],
  ]);
}

export async function noteCaughtUp(db: Database, name: string, until: Date): Promise<void> {
  await db.execute(
    'UPDATE index_builds SET caught_up_to = GREATEST(COALESCE(caught_up_to, ?), ?), kept_at = UTC_TIMESTAMP(3) WHERE index_name = ?',
    [until, until, name],
  );
}

/** Notes that an index answers. */
export async function noteFinished(db: Database, name: string): Promise<void> {
  await db.execute('UPDATE index_builds SET finished_at = UTC_TIMESTAMP(3), kept_at = UTC_TIMESTAMP(3) WHERE index_name = ?', [name]);
}

export async function forgetBuild(db: Database, name: string): Promise<void> {
  await db.execute('DELETE FROM index_builds WHERE index_name = ?', [name]);
}

/** The time by which changes are dated. */
export async function readClock(db: Database): Promise<Date> {
  const [row] = await db.query<{ now: Date }>('SELECT UTC_TIMESTAMP(3) AS now');
  if (!row) throw new Error('the database did not tell the time');
  return row.now;
}

const sample = {
  ...{ concertId: '00000000-0000-7000-8000-000000000000', version: 1, title: '아이유의 콘서트 IU Concert', artist: '아이유 IU' },
  ...{ description: '잠실에서', venue: { id: '', name: '올림픽 홀', city: '서울', timeZone: 'Asia/Seoul' } },
  ...{ saleOpensAt: '2030-01-01T00:00:00.000Z', startsOn: null, endsOn: null, lastStartsAt: null, popularity: 0, cancelled: false },
};

/** What tells whether documents of two builds of the service may stand in one index: its definition, and how a concert is written into it. */
export function definitionHash(): string {
  return createHash('sha256')
    .update(JSON.stringify([indexDefinition(0), toDocument(sample)]))
    .digest('hex');
}
