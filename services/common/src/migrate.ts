import type { EntitySchema, MigrationInterface } from 'typeorm';
import { databaseEnvironment, loadConfig } from './config.ts';
import { openDatabase } from './database.ts';
import { takeNamedLock } from './named-lock.ts';
import { runMain } from './service-app.ts';

/** The body of a service's migrate.ts: brings its schema up to date. Two at once are safe: they take turns by a named lock. */
export function runMigrations(options: { entities: EntitySchema[]; migrations: (new () => MigrationInterface)[] }): void {
  runMain(async () => {
    const config = loadConfig(databaseEnvironment.required({ DB_PASSWORD: true }));
    const db = await openDatabase({ ...options, config: { ...config, DB_POOL_SIZE: 2 }, password: config.DB_PASSWORD });
    try {
      const lock = await takeNamedLock(db, 'migrations', 120);
      if (!lock) throw new Error('another migration has been running for two minutes');
      const done = await db.source.runMigrations({ transaction: 'none' }).finally(() => lock.release());
      console.log(done.length === 0 ? 'schema is up to date' : `applied: ${done.map((migration) => migration.name).join(', ')}`);
    } finally {
      await db.close();
    }
  });
}
