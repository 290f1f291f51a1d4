import type { MessageInitShape } from '@bufbuild/protobuf';
import { refusalResult, refuse } from '@ticketing/common/refusal';
import type { GetConcertRequest, GetConcertResponseSchema } from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import type { Context } from '../context.ts';
import { toConcertMessage } from './listed-concert.ts';

/** Refuses with `concert-not-found`. */
export async function getConcert(
  ctx: Pick<Context, 'cache' | 'views'>,
  { concertId, views }: GetConcertRequest,
): Promise<MessageInitShape<typeof GetConcertResponseSchema>> {
  const concert = await ctx.cache.concert(concertId);
  if (!concert) return { result: refusalResult(refuse('concert-not-found', 'There is no such concert.')) };
  ctx.views.count(concertId, views || 1);
  return { result: { case: 'concert', value: toConcertMessage(concert, new Date()) } };
}
