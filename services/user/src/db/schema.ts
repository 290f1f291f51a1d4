import { account } from './account.ts';
import { CreateUsers1700000000000 } from './migrations/1700000000000-create-users.ts';

/** Entities and migrations of the `users` database. */
export const schema = { entities: [account], migrations: [CreateUsers1700000000000] };
