import type { MessageInitShape } from '@bufbuild/protobuf';
import { encodeReady } from '@ticketing/common/ready-json';
import { refusalResult, refuse } from '@ticketing/common/refusal';
import type { GetSeatLayoutRequest, GetSeatLayoutResponseSchema } from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import type { Context } from '../context.ts';

/** Refuses with `performance-not-found`. */
export async function getSeatLayout(
  ctx: Pick<Context, 'seatLayouts'>,
  { performanceId, encoding }: GetSeatLayoutRequest,
): Promise<MessageInitShape<typeof GetSeatLayoutResponseSchema>> {
  const layout = await ctx.seatLayouts.get(performanceId);
  if (!layout) return { result: refusalResult(refuse('performance-not-found', 'There is no such performance.')) };
  return { result: { case: 'layout', value: await encodeReady(layout, encoding) } };
}
