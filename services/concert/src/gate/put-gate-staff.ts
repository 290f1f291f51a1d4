import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { actorOf } from '@ticketing/common/actor';
import { recordAudit } from '@ticketing/common/audit';
import { idToBinary, Rollback } from '@ticketing/common/database';
import { isRefusal, type Refusal, refusalResult, refuse } from '@ticketing/common/refusal';
import type { PutGateStaffRequest, PutGateStaffResponseSchema } from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import { limits } from '@ticketing/contracts/limits';
import { ownsPerformance } from '../access/owner.ts';
import type { Context } from '../context.ts';
import { unknownPerformance } from './unknown-performance.ts';

/**
 * Binds an account to the gate of a performance. Who is bound already stays so.
 * Refuses with `performance-not-found`, also for a performance of somebody else, or `gate-staff-full`.
 */
export async function putGateStaff(
  { db }: Pick<Context, 'db'>,
  request: PutGateStaffRequest,
): Promise<MessageInitShape<typeof PutGateStaffResponseSchema>> {
  const actor = actorOf(request);
  const { performanceId, userId } = request;
  if (!(await ownsPerformance(db, actor, performanceId))) return { result: refusalResult(unknownPerformance()) };
  const [performance, account] = [idToBinary(performanceId), idToBinary(userId)];
  const added = await db.transaction<Date | Refusal>(async (tx) => {
    // Locked, so that the accounts of a gate are counted one after another.
    await tx.query('SELECT 1 FROM performances WHERE id = ? FOR UPDATE', [performance]);
    const [bound] = await tx.query<{ added_at: Date }>('SELECT added_at FROM gate_staff WHERE performance_id = ? AND account_id = ?', [
      performance,
      account,
    ]);
    if (bound) return new Rollback<Date | Refusal>(bound.added_at);
    const [clock] = await tx.query<{ now: Date; staff: number }>(
      'SELECT UTC_TIMESTAMP(3) AS now, (SELECT COUNT(*) FROM gate_staff WHERE performance_id = ?) AS staff',
      [performance],
    );
    if (!clock) throw new Error('the database has no time');
    if (clock.staff >= limits.gateStaff) {
      return new Rollback<Date | Refusal>(refuse('gate-staff-full', `At most ${limits.gateStaff} accounts work at a gate.`));
    }
    await tx.execute('INSERT INTO gate_staff (performance_id, account_id, added_at) VALUES (?, ?, ?)', [performance, account, clock.now]);
    await recordAudit(tx, {
      ...{ actorId: actor.userId, action: 'gate-staff.put', subject: performanceId },
      ...{ before: null, after: { accountId: userId } },
    });
    return clock.now;
  });
  if (isRefusal(added)) return { result: refusalResult(added) };
  return { result: { case: 'staff', value: { userId, addedAt: timestampFromDate(added) } } };
}
