import type { Secrets } from '../secrets.ts';
import type { DatabaseOwner } from '../services.ts';
import { databaseOwners, databases } from '../services.ts';

export interface DatabaseAccount {
  readonly user: string;
  readonly password: string;
}

export function rootAccount(secrets: Secrets): DatabaseAccount {
  return { user: 'root', password: secrets.get('db-root-password') };
}

/** May read every database and change none: for counting afterwards what really happened. */
export function witnessAccount(secrets: Secrets): DatabaseAccount {
  return { user: 'witness', password: secrets.get('witness-db-password') };
}

/** What a service runs with: rows only. */
export function serviceAccount(secrets: Secrets, owner: DatabaseOwner): DatabaseAccount {
  return { user: `${owner}_app`, password: secrets.get(`${owner}-db-password`) };
}

/** What a service's migrations run with: everything within its own database. */
export function migratorAccount(secrets: Secrets, owner: DatabaseOwner): DatabaseAccount {
  return { user: `${owner}_migrator`, password: secrets.get(`${owner}-migrator-db-password`) };
}

function ensureAccount({ user, password }: DatabaseAccount): string[] {
  return [`CREATE USER IF NOT EXISTS '${user}'@'%' IDENTIFIED BY '${password}'`, `ALTER USER '${user}'@'%' IDENTIFIED BY '${password}'`];
}

/**
 * Databases and accounts, one statement per item; may be run any number of times. Names and passwords are our own and
 * need no quoting. Accounts are valid from every host because the server itself listens on the loopback address only.
 */
export function accountStatements(secrets: Secrets): string[] {
  const root = rootAccount(secrets);
  const witness = witnessAccount(secrets);
  const owned = databaseOwners.flatMap((owner) => {
    const database = databases[owner];
    const app = serviceAccount(secrets, owner);
    const migrator = migratorAccount(secrets, owner);
    return [
      `CREATE DATABASE IF NOT EXISTS ${database} CHARACTER SET utf8mb4`,
      ...ensureAccount(app),
      ...ensureAccount(migrator),
      `GRANT SELECT, INSERT, UPDATE, DELETE ON ${database}.* TO '${app.user}'@'%'`,
      `GRANT ALL PRIVILEGES ON ${database}.* TO '${migrator.user}'@'%'`,
      `GRANT SELECT ON ${database}.* TO '${witness.user}'@'%'`,
    ];
  });
  return [
    ...ensureAccount(root),
    `GRANT ALL PRIVILEGES ON *.* TO 'root'@'%' WITH GRANT OPTION`,
    `ALTER USER 'root'@'localhost' IDENTIFIED BY '${root.password}'`,
    ...ensureAccount(witness),
    ...owned,
  ];
}

/** The form in which a server reads statements at its start: one per line. */
export function initFileContent(secrets: Secrets): string {
  return accountStatements(secrets)
    .map((statement) => `${statement};\n`)
    .join('');
}

/** The same on every engine, so that SQL behaves the same: as what a container of the product is given. */
export const databaseSettings: readonly string[] = [
  '--skip-name-resolve',
  '--transaction-isolation=READ-COMMITTED',
  '--character-set-server=utf8mb4',
  '--collation-server=utf8mb4_unicode_ci',
  '--default-time-zone=+00:00',
  '--max-connections=500',
  '--innodb-buffer-pool-size=256M',
  '--innodb-lock-wait-timeout=10',
];
