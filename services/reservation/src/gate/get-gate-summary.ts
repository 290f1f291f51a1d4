import type { MessageInitShape } from '@bufbuild/protobuf';
import { actorOf } from '@ticketing/common/actor';
import { refusalResult } from '@ticketing/common/refusal';
import type { GetGateSummaryRequest, GetGateSummaryResponseSchema } from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import type { Context } from '../context.ts';

/** Refuses with `performance-not-found` (to who does not work at this gate). */
export async function getGateSummary(
  { gateAccess, gateCounts }: Pick<Context, 'gateAccess' | 'gateCounts'>,
  request: GetGateSummaryRequest,
): Promise<MessageInitShape<typeof GetGateSummaryResponseSchema>> {
  const stranger = await gateAccess.refusalOf(actorOf(request), request.performanceId);
  if (stranger) return { result: refusalResult(stranger) };
  return { result: { case: 'summary', value: { sections: await gateCounts.get(request.performanceId) } } };
}
