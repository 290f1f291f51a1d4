import type { MessageInitShape } from '@bufbuild/protobuf';
import { actorOf } from '@ticketing/common/actor';
import { idFromBinary, idToBinary } from '@ticketing/common/database';
import { refusalResult, refuse } from '@ticketing/common/refusal';
import type { FindCancellationRequest, FindCancellationResponseSchema } from '@ticketing/contracts/gen/ticketing/concert/v1/organiser_pb';
import { isOpenTo } from '../access/owner.ts';
import { performanceNotFound } from '../concerts/refusals.ts';
import type { Context } from '../context.ts';

interface CancellationRow {
  concert_id: Buffer;
  owner_id: Buffer | null;
  status: string;
}

/** Refuses with `performance-not-found`, also for a performance of somebody else, or `cancellation-not-found` for one that takes place. */
export async function findCancellation(
  { db }: Pick<Context, 'db'>,
  request: FindCancellationRequest,
): Promise<MessageInitShape<typeof FindCancellationResponseSchema>> {
  const { performanceId } = request;
  const [row] = await db.query<CancellationRow>(
    'SELECT p.concert_id, c.owner_id, p.status FROM performances p JOIN concerts c ON c.id = p.concert_id WHERE p.id = ?',
    [idToBinary(performanceId)],
  );
  if (!row || !isOpenTo(actorOf(request), row.owner_id)) return { result: refusalResult(performanceNotFound()) };
  if (row.status !== 'CANCELLED') return { result: refusalResult(refuse('cancellation-not-found', 'The performance is not cancelled.')) };
  return { result: { case: 'cancelled', value: { concertId: idFromBinary(row.concert_id), performanceIds: [performanceId] } } };
}
