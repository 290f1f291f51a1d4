import type { estypes } from '@elastic/elasticsearch';
import type { ConcertDocument } from './concert-document.ts';
import { indexAlias } from './index-definition.ts';
import type { Question } from './search-index.ts';
import { keyOf } from './search-words.ts';
import type { SuggestedName } from './suggestions.ts';
import { fits } from './suggestions.ts';
import { tolerance } from './thesaurus.ts';
import type { TypedName } from './typed-name.ts';

type Names = Pick<ConcertDocument, 'id' | 'artist' | 'title' | 'popularity'>;

/** Names that begin like what was typed; artists and titles are asked for in one round trip. */
export function suggestFromIndex(typed: TypedName, limit: number): Question<SuggestedName[]> {
  return async (client, options) => {
    const searches = [{}, nameSearch('artist', typed, limit), {}, nameSearch('title', typed, limit)];
    const { responses } = await client.msearch<Names>({ index: indexAlias, searches }, options);
    const [artists, titles] = responses.map(hits);
    return [
      ...(artists ?? []).map(({ artist, ...rest }) => ({ ...rest, text: artist, kind: 'artist' as const, concertId: undefined })),
      ...(titles ?? []).map(({ title, id, ...rest }) => ({ ...rest, text: title, kind: 'title' as const, concertId: id })),
    ];
  };
}

function nameSearch(field: 'artist' | 'title', { word, meanings }: TypedName, limit: number): estypes.SearchSearchRequestBody {
  const key = keyOf(word);
  const constant = (filter: estypes.QueryDslQueryContainer, boost: number): estypes.QueryDslQueryContainer => ({
    constant_score: { filter, boost },
  });
  const typos = tolerance(key);
  return {
    query: {
      dis_max: {
        queries: [
          constant({ term: { [`${field}Name.begun`]: key } }, fits.beginning),
          constant({ terms: { [`${field}Keys`]: meanings.map(keyOf) } }, fits.synonym),
          constant({ term: { [`${field}Keys.begun`]: key } }, fits.word),
          ...(typos === 0 ? [] : [constant({ fuzzy: { [`${field}Keys`]: { value: key, fuzziness: typos } } }, fits.misspelt)]),
        ],
      },
    },
    sort: [{ _score: { order: 'desc' } }, { popularity: { order: 'desc' } }, { listedOn: { order: 'asc' } }, { id: { order: 'asc' } }],
    // Names are told apart before the list is cut.
    collapse: { field: `${field}.whole` },
    size: limit,
    _source: ['id', 'artist', 'title', 'popularity'],
    track_total_hits: false,
  };
}

function hits(response: estypes.MsearchResponseItem<Names>): (Names & { fit: number })[] {
  if ('error' in response) throw new Error(`the index refused: ${response.error.type}`);
  return response.hits.hits.flatMap(({ _source, sort }) => (_source ? [{ ..._source, fit: Number(sort?.[0] ?? 0) }] : []));
}
