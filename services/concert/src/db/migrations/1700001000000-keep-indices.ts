import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What the search index is behind in belongs to each index: a build goes on only where it was begun with the same `definition`; the index lacks
 * nothing that changed before `caught_up_to`; and nobody has looked after it since `kept_at`. What concerts say of it in `indexed_version` and
 * `is_unindexed` is for instances of earlier builds only.
 */
export class KeepIndices1700001000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    if (await runner.hasColumn('index_builds', 'kept_at')) return;
    await runner.query(`
      ALTER TABLE index_builds
        ADD COLUMN definition CHAR(64) CHARACTER SET ascii NOT NULL DEFAULT '',
        ADD COLUMN caught_up_to DATETIME(3) NULL,
        ADD COLUMN kept_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3)`);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations only go forward'));
  }
}
