import { type Database, openDatabase } from '@ticketing/common/database';
import type { StackDescription } from '../local/stack-description.ts';

/** The database of the concert service, with the account that may change its tables. */
export function openCatalogue({ database: { host, port, owners } }: StackDescription): Promise<Database> {
  const { database, migrator } = owners.concert;
  const config = { DB_HOST: host, DB_PORT: port, DB_NAME: database, DB_USER: migrator.user, DB_POOL_SIZE: 2, DB_WAIT_MS: 60_000 };
  return openDatabase({ config, password: migrator.password, entities: [], migrations: [] });
}
