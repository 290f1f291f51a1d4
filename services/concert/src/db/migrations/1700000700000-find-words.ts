import { idFromBinary, type Queryable, type SqlValue } from '@ticketing/common/database';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { z } from 'zod';
import { replaceWords } from '../../search/catalogue-words.ts';

const batchSize = 500;
const changed = z.object({ affectedRows: z.number() });

interface ConcertRow {
  id: Buffer;
  title: string;
  artist: string;
  description: string;
  name: string;
  city: string;
  starts_on: string | null;
}

export class FindWords1700000700000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // Every word of a concert in the order of lists, so that a search by SQL reads the first page and stops.
    await runner.query(`
      CREATE TABLE IF NOT EXISTS concert_words (
        word VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
        listed_on DATE NOT NULL,
        concert_id BINARY(16) NOT NULL,
        fields TINYINT UNSIGNED NOT NULL,
        PRIMARY KEY (word, listed_on, concert_id),
        KEY concert_words_of_concert (concert_id, word)
      )`);
    await runner.query(`
      CREATE TABLE IF NOT EXISTS synonyms (
        position SMALLINT UNSIGNED NOT NULL PRIMARY KEY,
        words JSON NOT NULL
      )`);
    // copied_to is the last concert that the index has; a build that was cut short goes on behind it.
    await runner.query(`
      CREATE TABLE IF NOT EXISTS index_builds (
        index_name VARCHAR(80) CHARACTER SET ascii NOT NULL PRIMARY KEY,
        started_at DATETIME(3) NOT NULL,
        copied_to BINARY(16) NOT NULL,
        copied INT UNSIGNED NOT NULL DEFAULT 0,
        finished_at DATETIME(3) NULL,
        KEY index_builds_unfinished (finished_at, started_at)
      )`);
    if (!(await runner.hasColumn('concerts', 'popularity'))) {
      await runner.query(`
        ALTER TABLE concerts
          ADD COLUMN popularity TINYINT UNSIGNED NOT NULL DEFAULT 0,
          ADD COLUMN views BIGINT UNSIGNED NOT NULL DEFAULT 0,
          ADD KEY concerts_changed (changed_at),
          ADD KEY concerts_ending (ends_on, listed_on)`);
    }
    await this.fillWords(runner);
  }

  private async fillWords(runner: QueryRunner): Promise<void> {
    const db: Queryable = {
      query: async <Row>(sql: string, values?: SqlValue[]) => (await runner.query(sql, values)) as Row[],
      execute: async (sql, values) => changed.parse(await runner.query(sql, values)).affectedRows,
    };
    let after: Buffer = Buffer.alloc(16);
    for (;;) {
      // What concerts are like at this version.
      const rows = await db.query<ConcertRow>(
        `SELECT c.id, c.title, c.artist, c.description, v.name, v.city, DATE_FORMAT(c.starts_on, '%Y-%m-%d') AS starts_on
           FROM concerts c STRAIGHT_JOIN venues v ON v.id = c.venue_id WHERE c.id > ? ORDER BY c.id LIMIT ${batchSize}`,
        [after],
      );
      const last = rows.at(-1);
      if (!last) return;
      await replaceWords(
        db,
        rows.map(({ id, name, city, starts_on: startsOn, ...texts }) => ({
          ...texts,
          ...{ id: idFromBinary(id), venue: { name, city }, startsOn: startsOn ?? undefined },
        })),
      );
      after = last.id;
    }
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations only go forward'));
  }
}
