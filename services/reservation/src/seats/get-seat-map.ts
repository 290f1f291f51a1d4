import type { MessageInitShape } from '@bufbuild/protobuf';
import { refusalResult, refuse } from '@ticketing/common/refusal';
import type { GetSeatMapRequest, GetSeatMapResponseSchema } from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import type { Context } from '../context.ts';
import { encodings } from './seat-maps.ts';

/** Refuses with `performance-not-found` or, with the pass of another concert, `queue-pass-invalid`. */
export async function getSeatMap(ctx: Context, request: GetSeatMapRequest): Promise<MessageInitShape<typeof GetSeatMapResponseSchema>> {
  const performance = await ctx.performances.find(request.performanceId);
  if (!performance) return { result: refusalResult(refuse('performance-not-found', 'There is no such performance.')) };
  if (performance.concertId !== request.passConcertId) {
    return { result: refusalResult(refuse('queue-pass-invalid', 'The queue pass is for another concert.')) };
  }
  const snapshot = await ctx.seatMaps.get(performance.id);
  const { json, etag, compressed } = snapshot;
  if (request.ifNoneMatch === etag) return { result: { case: 'seatMap', value: { etag, notModified: true } } };
  const encoding = encodings.find((known) => known === request.encoding);
  const bytes = encoding ? await compressed(encoding) : json;
  const goodForMs = Math.floor(snapshot.goodForMs());
  return { result: { case: 'seatMap', value: { etag, json: bytes, encoding: encoding ?? '', goodForMs } } };
}
