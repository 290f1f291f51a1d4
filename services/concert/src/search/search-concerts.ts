import type { MessageInitShape } from '@bufbuild/protobuf';
import { Overloaded } from '@ticketing/common/bulkhead';
import { isRefusal, type Refusal, refusalResult, refuse } from '@ticketing/common/refusal';
import type { SearchConcertsRequest, SearchConcertsResponseSchema } from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import { searchedStatuses } from '../concerts/concert-status.ts';
import { toConcertMessage } from '../concerts/listed-concert.ts';
import type { Context } from '../context.ts';
import { readQuery } from './read-query.ts';
import { decodeCursor, encodeCursor } from './search-cursor.ts';
import type { SearchPage, SearchPages } from './search-pages.ts';
import type { SearchQuery } from './search-query.ts';

const defaultLimit = 20;
const maximumLimit = 100;
const nothing: SearchPage = { concerts: [], highlights: [], next: undefined, degraded: false };

/** Lists concerts that fit, by relevance when there are words to look for, else by date. Refuses with `invalid-cursor`, or when too many search. */
export async function searchConcerts(
  ctx: Context,
  request: SearchConcertsRequest,
): Promise<MessageInitShape<typeof SearchConcertsResponseSchema>> {
  // A page further on may be longer or shorter; all else makes another list.
  const list = [request.q, request.artist, request.city, request.status, request.from, request.to, request.sort];
  const after = decodeCursor(request.cursor, list);
  if (after && isRefusal(after)) return { result: refusalResult(after) };
  const thesaurus = await ctx.synonyms.thesaurus();
  const readings = readQuery(request.q, thesaurus);
  const now = new Date();
  // Words without a letter or digit in them can't be looked for; they find nothing rather than everything.
  const page =
    request.q.trim() !== '' && readings.length === 0
      ? nothing
      : await findUnlessBusy(ctx.pages, {
          readings,
          artists: spellings(request.artist),
          cities: spellings(request.city),
          status: searchedStatuses.find((status) => status === request.status),
          from: request.from,
          to: request.to,
          sort: request.sort === 'date' ? 'date' : 'relevance',
          limit: Math.min(request.limit || defaultLimit, maximumLimit),
          after,
          now,
        });
  if (isRefusal(page)) return { result: refusalResult(page) };
  const { concerts, highlights, next, degraded } = page;
  const items = concerts.map((concert) => toConcertMessage(concert, now));
  return { result: { case: 'page', value: { items, nextCursor: next ? encodeCursor(next, list) : '', degraded, highlights } } };

  function spellings(name: string): string[] {
    const normal = name.normalize('NFC').trim();
    return normal === '' ? [] : thesaurus.spellings(normal);
  }
}

async function findUnlessBusy(pages: SearchPages, query: SearchQuery): Promise<SearchPage | Refusal> {
  try {
    return await pages.find(query);
  } catch (error) {
    if (error instanceof Overloaded) return refuse('temporarily-unavailable', 'Too many people search at this moment.');
    throw error;
  }
}
