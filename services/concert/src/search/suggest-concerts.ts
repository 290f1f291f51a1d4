import type { MessageInitShape } from '@bufbuild/protobuf';
import type { SuggestConcertsRequest, SuggestConcertsResponseSchema } from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import type { Context } from '../context.ts';
import { suggestFromCatalogue } from './suggest-from-catalogue.ts';
import { suggestFromIndex } from './suggest-from-index.ts';
import { toSuggestions } from './suggestions.ts';
import { readTypedName } from './typed-name.ts';

const maximumLimit = 10;

/** Completes what a person is typing to names of artists and concerts. */
export async function suggestConcerts(
  ctx: Context,
  request: SuggestConcertsRequest,
): Promise<MessageInitShape<typeof SuggestConcertsResponseSchema>> {
  const typed = readTypedName(request.q, await ctx.synonyms.thesaurus());
  if (typed.word === '') return { items: [], degraded: false };
  const limit = Math.min(request.limit || maximumLimit, maximumLimit);
  const found = await ctx.index.ask(suggestFromIndex(typed, limit));
  const names = found ?? (await suggestFromCatalogue(ctx.db, typed));
  const items = toSuggestions(names, limit).map(({ text, kind, concertId }) => ({ text, kind, concertId: concertId ?? '' }));
  return { items, degraded: !found };
}
