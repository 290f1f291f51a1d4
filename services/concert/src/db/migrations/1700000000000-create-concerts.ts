import { createMessagingTables } from '@ticketing/common/messaging-tables';
import type { MigrationInterface, QueryRunner } from 'typeorm';

// One collation on every engine, so that search by SQL and unique names mean the same on MySQL and MariaDB.
const text = 'CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci';

export class CreateConcerts1700000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE IF NOT EXISTS venues (
        id BINARY(16) NOT NULL PRIMARY KEY,
        name VARCHAR(120) NOT NULL,
        city VARCHAR(80) NOT NULL,
        time_zone VARCHAR(64) NOT NULL,
        UNIQUE KEY venues_name_city (name, city)
      ) ${text}`);
    await this.createConcerts(runner);
    await this.createPerformances(runner);
    await createMessagingTables(runner);
  }

  // listed_on is starts_on without the gap: what has no date yet comes last in a list. indexed_version is the version that the
  // search index is known to have; is_unindexed makes the few rows that it lacks cheap to find.
  private async createConcerts(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE IF NOT EXISTS concerts (
        id BINARY(16) NOT NULL PRIMARY KEY,
        title VARCHAR(200) NOT NULL,
        artist VARCHAR(200) NOT NULL,
        description TEXT NOT NULL,
        venue_id BINARY(16) NOT NULL,
        sale_opens_at DATETIME(3) NOT NULL,
        starts_on DATE NULL,
        ends_on DATE NULL,
        listed_on DATE NOT NULL DEFAULT '9999-12-31',
        last_starts_at DATETIME(3) NULL,
        version INT UNSIGNED NOT NULL DEFAULT 1,
        indexed_version INT UNSIGNED NOT NULL DEFAULT 0,
        is_unindexed TINYINT GENERATED ALWAYS AS (indexed_version < version) STORED,
        created_at DATETIME(3) NOT NULL,
        changed_at DATETIME(3) NOT NULL,
        KEY concerts_venue (venue_id),
        KEY concerts_listing (listed_on, id),
        KEY concerts_artist (artist, listed_on, id),
        KEY concerts_title (title),
        KEY concerts_unindexed (is_unindexed, changed_at),
        CONSTRAINT concerts_at_venue FOREIGN KEY (venue_id) REFERENCES venues (id)
      ) ${text}`);
  }

  private async createPerformances(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE IF NOT EXISTS performances (
        id BINARY(16) NOT NULL PRIMARY KEY,
        concert_id BINARY(16) NOT NULL,
        starts_at DATETIME(3) NOT NULL,
        sale_opens_at DATETIME(3) NOT NULL,
        total_seats INT UNSIGNED NOT NULL,
        price_from INT UNSIGNED NOT NULL,
        price_to INT UNSIGNED NOT NULL,
        max_seats_per_person TINYINT UNSIGNED NOT NULL,
        created_at DATETIME(3) NOT NULL,
        KEY performances_of_concert (concert_id, starts_at, id),
        CONSTRAINT performances_concert FOREIGN KEY (concert_id) REFERENCES concerts (id)
      ) ${text}`);
    await runner.query(`
      CREATE TABLE IF NOT EXISTS performance_sections (
        performance_id BINARY(16) NOT NULL,
        position SMALLINT UNSIGNED NOT NULL,
        name VARCHAR(64) NOT NULL,
        row_count SMALLINT UNSIGNED NOT NULL,
        seats_per_row SMALLINT UNSIGNED NOT NULL,
        price INT UNSIGNED NOT NULL,
        PRIMARY KEY (performance_id, position),
        CONSTRAINT performance_sections_performance FOREIGN KEY (performance_id) REFERENCES performances (id)
      ) ${text}`);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations only go forward'));
  }
}
