import type { MessageInitShape } from '@bufbuild/protobuf';
import { refusalResult } from '@ticketing/common/refusal';
import type { GetConcertRequest, GetConcertResponseSchema } from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import type { Context } from '../context.ts';
import { isPublic, toConcertMessage } from './listed-concert.ts';
import { concertNotFound } from './refusals.ts';

/** Refuses with `concert-not-found`, also for a draft. */
export async function getConcert(
  ctx: Pick<Context, 'cache' | 'views'>,
  { concertId, views }: GetConcertRequest,
): Promise<MessageInitShape<typeof GetConcertResponseSchema>> {
  const concert = await ctx.cache.concert(concertId);
  if (!concert || !isPublic(concert)) return { result: refusalResult(concertNotFound()) };
  ctx.views.count(concertId, views || 1);
  return { result: { case: 'concert', value: toConcertMessage(concert, new Date()) } };
}
