import type { EntitySchema, MigrationInterface } from 'typeorm';
import { z } from 'zod';
import { databaseEnvironment, loadConfig } from './config.ts';
import { openDatabase } from './database.ts';
import { runMain } from './service-app.ts';

// 1: taken; 0: somebody else kept it; NULL: the server could not say.
const lockRows = z.array(z.object({ taken: z.number().nullable() }));

/** The body of a service's migrate.ts: brings its schema up to date. Two at once are safe: they take turns by a named lock. */
export function runMigrations(options: { entities: EntitySchema[]; migrations: (new () => MigrationInterface)[] }): void {
  runMain(async () => {
    const config = loadConfig(databaseEnvironment.required({ DB_PASSWORD: true }));
    const db = await openDatabase({ ...options, config: { ...config, DB_POOL_SIZE: 2 }, password: config.DB_PASSWORD });
    const runner = db.source.createQueryRunner();
    try {
      const rows: unknown = await runner.query('SELECT GET_LOCK(?, 120) AS taken', [`${config.DB_NAME}-migrations`]);
      if (lockRows.parse(rows)[0]?.taken !== 1) throw new Error('another migration has been running for two minutes');
      const done = await db.source.runMigrations({ transaction: 'none' });
      console.log(done.length === 0 ? 'schema is up to date' : `applied: ${done.map((migration) => migration.name).join(', ')}`);
    } finally {
      await runner.release();
      await db.close();
    }
  });
}
