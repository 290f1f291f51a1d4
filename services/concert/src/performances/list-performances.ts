import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { idFromBinary } from '@ticketing/common/database';
import { refusalResult, refuse } from '@ticketing/common/refusal';
import type { ListPerformancesRequest, ListPerformancesResponseSchema } from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import type { Context } from '../context.ts';

/**
 * The performances of a concert by time, with the seats that can be had now or could a moment ago: none once it has begun.
 * While nothing is known about a performance's seats they all count as free. Refuses with `concert-not-found`.
 */
export async function listPerformances(
  ctx: Pick<Context, 'cache' | 'availability'>,
  { concertId, availableOnly }: ListPerformancesRequest,
): Promise<MessageInitShape<typeof ListPerformancesResponseSchema>> {
  // One thing after the other: ids that somebody made up cost a look for the concert, and no more.
  const concert = await ctx.cache.concert(concertId);
  if (!concert) return { result: refusalResult(refuse('concert-not-found', 'There is no such concert.')) };
  const performances = await ctx.cache.performances(concertId);
  if (performances.length === 0) return { result: { case: 'performances', value: { items: [] } } };
  const available = await ctx.availability.ofConcert(concertId);
  const now = new Date();
  const items = performances.map((performance) => {
    const id = idFromBinary(performance.id);
    return {
      id,
      concertId,
      startsAt: timestampFromDate(performance.startsAt),
      saleOpensAt: timestampFromDate(performance.saleOpensAt),
      totalSeats: performance.totalSeats,
      availableSeats: performance.startsAt <= now ? 0 : (available.get(id) ?? performance.totalSeats),
      priceFrom: BigInt(performance.priceFrom),
      priceTo: BigInt(performance.priceTo),
    };
  });
  return { result: { case: 'performances', value: { items: availableOnly ? items.filter((item) => item.availableSeats > 0) : items } } };
}
