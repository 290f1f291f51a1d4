import type { MessageInitShape } from '@bufbuild/protobuf';
import { isRefusal, refusalResult } from '@ticketing/common/refusal';
import type { SearchConcertsRequest, SearchConcertsResponseSchema } from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import { toConcertMessage } from '../concerts/listed-concert.ts';
import type { Context } from '../context.ts';
import { decodeCursor, encodeCursor } from './search-cursor.ts';

const defaultLimit = 20;
const maximumLimit = 100;

/** Lists concerts that fit, by relevance when there are words to look for, else by date. Refuses with `invalid-cursor`. */
export async function searchConcerts(
  ctx: Context,
  request: SearchConcertsRequest,
): Promise<MessageInitShape<typeof SearchConcertsResponseSchema>> {
  const after = decodeCursor(request.cursor);
  if (after && isRefusal(after)) return { result: refusalResult(after) };
  const { concerts, next, degraded } = await ctx.pages.find({
    q: request.q.normalize('NFC').trim(),
    artist: request.artist.normalize('NFC').trim(),
    from: request.from,
    to: request.to,
    limit: Math.min(request.limit || defaultLimit, maximumLimit),
    after,
  });
  const now = new Date();
  const items = concerts.map((concert) => toConcertMessage(concert, now));
  return { result: { case: 'page', value: { items, nextCursor: next ? encodeCursor(next) : '', degraded } } };
}
