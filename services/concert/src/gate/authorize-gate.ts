import type { MessageInitShape } from '@bufbuild/protobuf';
import { actorOf } from '@ticketing/common/actor';
import { idToBinary } from '@ticketing/common/database';
import { refusalResult } from '@ticketing/common/refusal';
import type { AuthorizeGateRequest, AuthorizeGateResponseSchema } from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import { ownsPerformance } from '../access/owner.ts';
import type { Context } from '../context.ts';
import { unknownPerformance } from './unknown-performance.ts';

/**
 * Says whether somebody works at the gate of a performance: who is bound to it, the organiser of its concert, and operators.
 * Refuses with `performance-not-found`, also for a performance of somebody else.
 */
export async function authorizeGate(
  { db }: Pick<Context, 'db'>,
  request: AuthorizeGateRequest,
): Promise<MessageInitShape<typeof AuthorizeGateResponseSchema>> {
  const actor = actorOf(request);
  const { performanceId } = request;
  if (await ownsPerformance(db, actor, performanceId)) return {};
  const ids = [performanceId, actor.userId].map(idToBinary);
  const bound = await db.query('SELECT 1 FROM gate_staff WHERE performance_id = ? AND account_id = ?', ids);
  return bound.length > 0 ? {} : { refusal: refusalResult(unknownPerformance()).value };
}
