import type { MessageInitShape } from '@bufbuild/protobuf';
import { encodeReady } from '@ticketing/common/ready-json';
import { refusalResult, refuse } from '@ticketing/common/refusal';
import type { GetSeatMapRequest, GetSeatMapResponseSchema } from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import type { Context } from '../context.ts';

/** Refuses with `performance-not-found` or, with the pass of another concert, `queue-pass-invalid`. */
export async function getSeatMap(ctx: Context, request: GetSeatMapRequest): Promise<MessageInitShape<typeof GetSeatMapResponseSchema>> {
  const performance = await ctx.performances.find(request.performanceId);
  if (!performance) return { result: refusalResult(refuse('performance-not-found', 'There is no such performance.')) };
  if (performance.concertId !== request.passConcertId) {
    return { result: refusalResult(refuse('queue-pass-invalid', 'The queue pass is for another concert.')) };
  }
  const snapshot = await ctx.seatMaps.get(performance.id);
  const { asPositions } = request;
  const ready = asPositions ? snapshot.positions : snapshot;
  if (request.ifNoneMatch === ready.etag)
    return { result: { case: 'seatMap', value: { etag: ready.etag, notModified: true, asPositions } } };
  const encoded = await encodeReady(ready, request.encoding);
  return { result: { case: 'seatMap', value: { ...encoded, asPositions, goodForMs: Math.floor(snapshot.goodForMs()) } } };
}
