import { recordAudit } from '@ticketing/common/audit';
import { type Database, idFromBinary, type Queryable } from '@ticketing/common/database';
import { roles as allRoles, type Role } from '@ticketing/contracts/roles';
import { type Account, findAccountOf, lockAccount } from '../db/account.ts';

export type Granted = 'granted' | 'had-it' | 'no-account' | 'not-verified';

export interface GrantedRole {
  /** Canonical. */
  email: string;
  role: Role;
  /** Also to an account whose owner has not shown that the address is theirs: anybody may have signed up with it. */
  toUnverified: boolean;
}

/** Gives the account of an address one more role; doing it again changes nothing. The audit names the account itself, for want of an operator. */
export async function grantRole(db: Database, { email, role, toUnverified }: GrantedRole): Promise<Granted> {
  const found = await findAccountOf(db, email);
  return db.transaction(async (tx) => {
    const account = found && (await lockAccount(tx, found.id));
    if (account?.email !== email) return 'no-account';
    if (account.roles.includes(role)) return 'had-it';
    if (!account.verified && !toUnverified) return 'not-verified';
    await addRole(tx, account, role);
    return 'granted';
  });
}

async function addRole(tx: Queryable, account: Account, role: Role): Promise<void> {
  const roles = allRoles.filter((name) => name === role || account.roles.includes(name));
  const userId = idFromBinary(account.id);
  await tx.execute('UPDATE accounts SET roles = ? WHERE id = ?', [roles.join(','), account.id]);
  const [before, after] = [{ roles: account.roles }, { roles }];
  await recordAudit(tx, { actorId: userId, action: 'user.roles', subject: userId, before, after, detail: { by: 'grant-role' } });
}
