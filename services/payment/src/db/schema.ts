import { CreatePayments1700000000000 } from './migrations/1700000000000-create-payments.ts';

/** Migrations of the `payments` database. Its paths are hot, so they are plain SQL and there are no entities. */
export const schema = { entities: [], migrations: [CreatePayments1700000000000] };
