import type { MessageInitShape } from '@bufbuild/protobuf';
import { Overloaded } from '@ticketing/common/bulkhead';
import type { SharedKind } from '@ticketing/common/shared-cache';
import type { SuggestConcertsRequest, SuggestConcertsResponseSchema } from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { indexAlias } from './index-definition.ts';
import { suggestFromCatalogue } from './suggest-from-catalogue.ts';
import { suggestFromIndex } from './suggest-from-index.ts';
import { type SuggestedName, toSuggestions } from './suggestions.ts';
import { readTypedName, type TypedName } from './typed-name.ts';

const maximumLimit = 10;

const name = z.object({
  ...{ text: z.string(), kind: z.enum(['artist', 'title']), concertId: z.uuid().optional() },
  ...{ fit: z.number(), popularity: z.number() },
});
const suggestedNames: SharedKind<SuggestedName[]> = {
  name: `suggested-by-${indexAlias}`,
  shape: z.array(name.transform(({ concertId, ...rest }) => ({ ...rest, concertId }))),
};

/** Completes what a person is typing to names of artists and concerts. */
export async function suggestConcerts(
  ctx: Context,
  request: SuggestConcertsRequest,
): Promise<MessageInitShape<typeof SuggestConcertsResponseSchema>> {
  const typed = readTypedName(request.q, await ctx.synonyms.thesaurus());
  if (typed.word === '') return { items: [], degraded: false };
  const limit = Math.min(request.limit || maximumLimit, maximumLimit);
  const found = await ctx.shared.find(suggestedNames, { typed, limit }, () => ctx.index.ask(suggestFromIndex(typed, limit)));
  const names = found ?? (await findUnlessBusy(ctx, typed));
  const items = toSuggestions(names, limit).map(({ text, kind, concertId }) => ({ text, kind, concertId: concertId ?? '' }));
  return { items, degraded: !found };
}

/** Whoever types on asks again, so none will do. */
async function findUnlessBusy({ db, bySql }: Context, typed: TypedName): Promise<SuggestedName[]> {
  try {
    return await bySql(() => suggestFromCatalogue(db, typed));
  } catch (error) {
    if (error instanceof Overloaded) return [];
    throw error;
  }
}
