import type { MessageInitShape } from '@bufbuild/protobuf';
import { actorOf } from '@ticketing/common/actor';
import { recordAudit } from '@ticketing/common/audit';
import { idToBinary, type Queryable } from '@ticketing/common/database';
import { isRefusal, type Refusal, refusalResult, refuse } from '@ticketing/common/refusal';
import type { SetRolesRequest, SetRolesResponseSchema } from '@ticketing/contracts/gen/ticketing/user/v1/user_pb';
import { roles as allRoles, isRole, type Role } from '@ticketing/contracts/roles';
import { noSuchUser, toUser } from '../accounts/to-user.ts';
import type { Context } from '../context.ts';
import { type Account, lockAccount } from '../db/account.ts';
import { endSessionsOf } from '../sessions/sessions.ts';

/**
 * Gives an account these roles and no others, and ends its sessions, so that a role that is lost is lost at once. Refuses with
 * `user-not-found`, `invalid-request`, or `own-operator-role` to an operator who would be none any more.
 */
export async function setRoles(
  { db }: Pick<Context, 'db'>,
  request: SetRolesRequest,
): Promise<MessageInitShape<typeof SetRolesResponseSchema>> {
  const { userId: actorId } = actorOf(request);
  const { userId } = request;
  if (!request.roles.every(isRole)) return { result: refusalResult(refuse('invalid-request', 'There is no such role.')) };
  const roles = allRoles.filter((role) => request.roles.includes(role));
  if (userId === actorId && !roles.includes('operator')) {
    return { result: refusalResult(refuse('own-operator-role', 'Another operator has to take this role from you.')) };
  }
  const outcome = await db.transaction((tx) => change(tx, { actorId, userId, roles }));
  return { result: isRefusal(outcome) ? refusalResult(outcome) : { case: 'user', value: toUser(outcome) } };
}

async function change(
  tx: Queryable,
  { actorId, userId, roles }: { actorId: string; userId: string; roles: Role[] },
): Promise<Account | Refusal> {
  const account = await lockAccount(tx, idToBinary(userId));
  if (!account) return noSuchUser;
  if (account.roles.join() === roles.join()) return account;
  await tx.execute('UPDATE accounts SET roles = ? WHERE id = ?', [roles.join(','), account.id]);
  await recordAudit(tx, { actorId, action: 'user.roles', subject: userId, before: { roles: account.roles }, after: { roles } });
  await endSessionsOf(tx, account.id);
  return { ...account, roles };
}
