import { runMigrations } from '@ticketing/common/migrate';
import { schema } from './db/schema.ts';

runMigrations(schema);
