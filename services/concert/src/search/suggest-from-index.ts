import type { estypes } from '@elastic/elasticsearch';
import type { ConcertDocument } from './concert-document.ts';
import { indexAlias } from './index-definition.ts';
import type { Question } from './search-index.ts';
import type { SuggestedNames } from './suggestions.ts';

type Names = Pick<ConcertDocument, 'id' | 'artist' | 'title'>;

/** Names of which words begin like the words of q; artists and titles are asked for in one round trip. */
export function suggestFromIndex(q: string, limit: number): Question<SuggestedNames> {
  return async (client, options) => {
    const { responses } = await client.msearch<Names>({ index: indexAlias, searches: buildSuggestSearches(q, limit) }, options);
    const [artists, titles] = responses.map(hits);
    return {
      artists: (artists ?? []).map(({ artist }) => artist),
      titles: (titles ?? []).map(({ title, id }) => ({ title, id })),
    };
  };
}

function buildSuggestSearches(q: string, limit: number): (estypes.MsearchMultisearchHeader | estypes.SearchSearchRequestBody)[] {
  const byDate = [{ _score: { order: 'desc' as const } }, { listedOn: { order: 'asc' as const } }, { id: { order: 'asc' as const } }];
  const common = { size: limit, _source: ['id', 'artist', 'title'], sort: byDate, track_total_hits: false };
  return [
    {},
    { ...common, query: { match: { 'artist.typing': { query: q, operator: 'and' } } }, collapse: { field: 'artist.whole' } },
    {},
    { ...common, query: { match: { 'title.typing': { query: q, operator: 'and' } } } },
  ];
}

function hits(response: estypes.MsearchResponseItem<Names>): Names[] {
  if ('error' in response) throw new Error(`the index refused: ${response.error.type}`);
  return response.hits.hits.flatMap(({ _source }) => _source ?? []);
}
