import type { MessageInitShape } from '@bufbuild/protobuf';
import { idFromBinary } from '@ticketing/common/database';
import { refusalResult } from '@ticketing/common/refusal';
import type { ListPerformancesRequest, ListPerformancesResponseSchema } from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import { isPublic } from '../concerts/listed-concert.ts';
import { concertNotFound } from '../concerts/refusals.ts';
import type { Context } from '../context.ts';
import { toPerformanceMessage } from './performance-message.ts';

/**
 * The performances of a concert by time, with the seats that can be had now or could a moment ago: none once it has begun, or
 * is cancelled. While nothing is known about a performance's seats they all count as free. Refuses with `concert-not-found`, also for a draft.
 */
export async function listPerformances(
  ctx: Pick<Context, 'cache' | 'availability'>,
  { concertId, availableOnly }: ListPerformancesRequest,
): Promise<MessageInitShape<typeof ListPerformancesResponseSchema>> {
  // One thing after the other: ids that somebody made up cost a look for the concert, and no more.
  const concert = await ctx.cache.concert(concertId);
  if (!concert || !isPublic(concert)) return { result: refusalResult(concertNotFound()) };
  const performances = await ctx.cache.performances(concertId);
  if (performances.length === 0) return { result: { case: 'performances', value: { items: [] } } };
  const available = await ctx.availability.ofConcert(concertId);
  const now = new Date();
  const items = performances.map((performance) => toPerformanceMessage(performance, now, available.get(idFromBinary(performance.id))));
  return { result: { case: 'performances', value: { items: availableOnly ? items.filter((item) => item.availableSeats > 0) : items } } };
}
