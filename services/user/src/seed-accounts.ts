import { databaseEnvironment, loadConfig } from '@ticketing/common/config';
import { idToBinary, openDatabase } from '@ticketing/common/database';
import { addEvent } from '@ticketing/common/outbox';
import { runMain } from '@ticketing/common/service-app';
import type { Role } from '@ticketing/contracts/roles';
import { schema } from './db/schema.ts';
import { hashPassword } from './passwords/password-hash.ts';

// Demo accounts for local stacks, one per role. Their ids never change, so that seeding again finds them.
const accounts: { id: string; email: string; name: string; roles: Role[] }[] = [
  { id: '018bcfe5-6800-7000-8000-000000000001', email: 'fan@example.com', name: 'Demo Fan', roles: ['fan'] },
  { id: '018bcfe5-6800-7000-8000-000000000002', email: 'organiser@example.com', name: 'Demo Organiser', roles: ['fan', 'organiser'] },
  {
    id: '018bcfe5-6800-7000-8000-000000000003',
    email: 'operator@example.com',
    name: 'Demo Operator',
    roles: ['fan', 'organiser', 'operator'],
  },
];

/** Makes the demo accounts that are missing. The password comes from SEED_PASSWORD, so that no build carries one. */
runMain(async () => {
  const config = loadConfig(databaseEnvironment.required({ DB_PASSWORD: true }));
  const password = process.env.SEED_PASSWORD;
  if (!password) throw new Error('SEED_PASSWORD is missing: the password of the demo accounts');
  const db = await openDatabase({ ...schema, config: { ...config, DB_POOL_SIZE: 2 }, password: config.DB_PASSWORD });
  try {
    for (const account of accounts) {
      const existing = await db.query('SELECT 1 FROM accounts WHERE email = ?', [account.email]);
      if (existing.length > 0) continue;
      const passwordHash = await hashPassword(password);
      await db.transaction(async (tx) => {
        await tx.execute(
          'INSERT INTO accounts (id, email, name, password_hash, roles, verified_at) VALUES (?, ?, ?, ?, ?, UTC_TIMESTAMP(3))',
          [idToBinary(account.id), account.email, account.name, passwordHash, account.roles.join(',')],
        );
        await addEvent(tx, 'user.registered', account.id, { userId: account.id });
      });
    }
  } finally {
    await db.close();
  }
});
