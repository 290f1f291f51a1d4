import type { MessageInitShape } from '@bufbuild/protobuf';
import { idFromBinary, idToBinary } from '@ticketing/common/database';
import { refusalResult, refuse } from '@ticketing/common/refusal';
import type { GetPerformanceRequest, GetPerformanceResponseSchema } from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import { concertStatus } from '../concerts/concert-status.ts';
import { isPublic, toConcertMessage } from '../concerts/listed-concert.ts';
import type { Context } from '../context.ts';
import { toPerformanceMessage } from './performance-message.ts';

/** One performance with its concert. Refuses with `performance-not-found`. */
export async function getPerformance(
  ctx: Pick<Context, 'db' | 'cache' | 'availability'>,
  { performanceId }: GetPerformanceRequest,
): Promise<MessageInitShape<typeof GetPerformanceResponseSchema>> {
  const refusal = { result: refusalResult(refuse('performance-not-found', 'There is no such performance.')) };
  const [row] = await ctx.db.query<{ concert_id: Buffer }>('SELECT concert_id FROM performances WHERE id = ?', [idToBinary(performanceId)]);
  if (!row) return refusal;
  const concertId = idFromBinary(row.concert_id);
  const concert = await ctx.cache.concert(concertId);
  // A list that was read before the performance was scheduled does not have it yet.
  const find = async () => (await ctx.cache.performances(concertId)).find(({ id }) => idFromBinary(id) === performanceId);
  let performance = await find();
  if (!performance) {
    ctx.cache.forget(concertId);
    performance = await find();
  }
  if (!concert || !isPublic(concert) || !performance) return refusal;
  const available = await ctx.availability.ofConcert(concertId);
  const now = new Date();
  const state = performance.status === 'CANCELLED' ? 'CANCELLED' : 'PUBLISHED';
  const { saleOpensAt, startsAt, maxSeatsPerPerson } = performance;
  return {
    result: {
      case: 'performance',
      value: {
        performance: toPerformanceMessage(performance, now, available.get(idFromBinary(performance.id))),
        concert: toConcertMessage(concert, now),
        maxSeatsPerPerson,
        saleState: concertStatus({ state, saleOpensAt, lastStartsAt: startsAt }, now),
      },
    },
  };
}
