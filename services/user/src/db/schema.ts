import { account } from './account.ts';
import { CreateUsers1700000000000 } from './migrations/1700000000000-create-users.ts';
import { AddOperations1700000200000 } from './migrations/1700000200000-add-operations.ts';

/** Entities and migrations of the `users` database. */
export const schema = { entities: [account], migrations: [CreateUsers1700000000000, AddOperations1700000200000] };
