import type { MessageInitShape } from '@bufbuild/protobuf';
import { actorOf } from '@ticketing/common/actor';
import { recordAudit } from '@ticketing/common/audit';
import { idToBinary } from '@ticketing/common/database';
import { refusalResult } from '@ticketing/common/refusal';
import type { RemoveGateStaffRequest, RemoveGateStaffResponseSchema } from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import { ownsPerformance } from '../access/owner.ts';
import type { Context } from '../context.ts';
import { unknownPerformance } from './unknown-performance.ts';

/**
 * Ends that an account works at the gate of a performance; scans follow within seconds. One that was not bound is no error.
 * Refuses with `performance-not-found`, also for a performance of somebody else.
 */
export async function removeGateStaff(
  { db }: Pick<Context, 'db'>,
  request: RemoveGateStaffRequest,
): Promise<MessageInitShape<typeof RemoveGateStaffResponseSchema>> {
  const actor = actorOf(request);
  const { performanceId, userId } = request;
  if (!(await ownsPerformance(db, actor, performanceId))) return { refusal: refusalResult(unknownPerformance()).value };
  await db.transaction(async (tx) => {
    const ids = [performanceId, userId].map(idToBinary);
    const removed = await tx.execute('DELETE FROM gate_staff WHERE performance_id = ? AND account_id = ?', ids);
    if (removed === 0) return;
    await recordAudit(tx, {
      ...{ actorId: actor.userId, action: 'gate-staff.remove', subject: performanceId },
      ...{ before: { accountId: userId }, after: null },
    });
  });
  return {};
}
