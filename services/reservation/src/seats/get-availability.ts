import type { MessageInitShape } from '@bufbuild/protobuf';
import { idToBinary } from '@ticketing/common/database';
import type {
  GetAvailabilityRequest,
  GetAvailabilityResponseSchema,
} from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import type { Context } from '../context.ts';
import { countSeats } from './seat-counts.ts';

/** Counts the seats of the named performances as they are now, or those of all performances of a concert as they were a moment ago. */
export async function getAvailability(
  ctx: Pick<Context, 'db' | 'seatCounts'>,
  { performanceIds, concertId }: GetAvailabilityRequest,
): Promise<MessageInitShape<typeof GetAvailabilityResponseSchema>> {
  const named = performanceIds.length > 0;
  return { items: named ? await countSeats(ctx.db, performanceIds.map(idToBinary)) : await ctx.seatCounts.ofConcert(concertId) };
}
