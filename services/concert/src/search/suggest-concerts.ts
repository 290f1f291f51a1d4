import type { MessageInitShape } from '@bufbuild/protobuf';
import type { SuggestConcertsRequest, SuggestConcertsResponseSchema } from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import type { Context } from '../context.ts';
import { suggestFromCatalogue } from './suggest-from-catalogue.ts';
import { suggestFromIndex } from './suggest-from-index.ts';
import { toSuggestions } from './suggestions.ts';

const defaultLimit = 10;
const maximumLimit = 100;

/** Completes what a person is typing to names of artists and concerts. */
export async function suggestConcerts(
  ctx: Context,
  request: SuggestConcertsRequest,
): Promise<MessageInitShape<typeof SuggestConcertsResponseSchema>> {
  const q = request.q.normalize('NFC').trim();
  if (q === '') return { items: [], degraded: false };
  const limit = Math.min(request.limit || defaultLimit, maximumLimit);
  const found = await ctx.index.ask(suggestFromIndex(q, limit));
  const names = found ?? (await suggestFromCatalogue(ctx.db, q, limit));
  const items = toSuggestions(names, limit).map(({ text, kind, concertId }) => ({ text, kind, concertId: concertId ?? '' }));
  return { items, degraded: !found };
}
