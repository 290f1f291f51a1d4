import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { actorOf } from '@ticketing/common/actor';
import { idFromBinary, idToBinary } from '@ticketing/common/database';
import { refusalResult } from '@ticketing/common/refusal';
import type { ListGateStaffRequest, ListGateStaffResponseSchema } from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import { ownsPerformance } from '../access/owner.ts';
import type { Context } from '../context.ts';
import { unknownPerformance } from './unknown-performance.ts';

/** The accounts at the gate of a performance. Refuses with `performance-not-found`, also for a performance of somebody else. */
export async function listGateStaff(
  { db }: Pick<Context, 'db'>,
  request: ListGateStaffRequest,
): Promise<MessageInitShape<typeof ListGateStaffResponseSchema>> {
  const { performanceId } = request;
  if (!(await ownsPerformance(db, actorOf(request), performanceId))) return { result: refusalResult(unknownPerformance()) };
  const rows = await db.query<{ account_id: Buffer; added_at: Date }>(
    'SELECT account_id, added_at FROM gate_staff WHERE performance_id = ? ORDER BY account_id',
    [idToBinary(performanceId)],
  );
  const items = rows.map((row) => ({ userId: idFromBinary(row.account_id), addedAt: timestampFromDate(row.added_at) }));
  return { result: { case: 'staff', value: { items } } };
}
