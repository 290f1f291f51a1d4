import { idToBinary, type Queryable, type SqlValue } from '@ticketing/common/database';
import { type Locale, toLocale } from '@ticketing/contracts/locales';
import { isRole, type Role } from '@ticketing/contracts/roles';

export interface Account {
  id: Buffer;
  /** Canonical; unique. */
  email: string;
  name: string;
  /** argon2id in PHC string format. */
  passwordHash: string;
  roles: Role[];
  locale: Locale;
  verified: boolean;
  createdAt: Date;
}

interface AccountRow {
  id: Buffer;
  email: string;
  name: string;
  password_hash: string;
  roles: string;
  locale: string;
  verified_at: Date | null;
  created_at: Date;
}

const columns = 'id, email, name, password_hash, roles, locale, verified_at, created_at';

/** An account that was not deleted. */
export function findAccount(db: Queryable, userId: string): Promise<Account | undefined> {
  return read(db, 'id = ? AND deleted_at IS NULL', [idToBinary(userId)]);
}

/** Those of these accounts that were not deleted. */
export function findAccounts(db: Queryable, userIds: readonly string[]): Promise<Account[]> {
  return readAll(db, 'id IN (?) AND deleted_at IS NULL', [userIds.map(idToBinary)]);
}

/** @param email canonical; a deleted account has none */
export function findAccountOf(db: Queryable, email: string): Promise<Account | undefined> {
  return read(db, 'email = ?', [email]);
}

/** The account as it is now and stays until the transaction ends. Whatever else of an account a transaction locks is locked after it. */
export function lockAccount(tx: Queryable, id: Buffer): Promise<Account | undefined> {
  return read(tx, 'id = ? AND deleted_at IS NULL FOR UPDATE', [id]);
}

async function read(db: Queryable, condition: string, values: SqlValue[]): Promise<Account | undefined> {
  const [account] = await readAll(db, condition, values);
  return account;
}

async function readAll(db: Queryable, condition: string, values: SqlValue[]): Promise<Account[]> {
  const rows = await db.query<AccountRow>(`SELECT ${columns} FROM accounts WHERE ${condition}`, values);
  return rows.map((row) => ({
    id: row.id,
    email: row.email,
    name: row.name,
    passwordHash: row.password_hash,
    roles: row.roles.split(',').filter(isRole),
    locale: toLocale(row.locale),
    verified: row.verified_at !== null,
    createdAt: row.created_at,
  }));
}
