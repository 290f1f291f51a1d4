import type { estypes } from '@elastic/elasticsearch';
import type { SearchQuery } from './search-query.ts';

/** The body of a search: one hit more than the limit, which tells whether there is another page. */
export function buildSearchQuery(query: SearchQuery): Pick<estypes.SearchRequest, 'query' | 'sort' | 'search_after' | 'size'> {
  const { q, after, limit } = query;
  // A list that was begun by date, because the index was out, goes on by date.
  const byRelevance = after ? after.by === 'relevance' : q !== '';
  return {
    query: { bool: { ...(q === '' ? {} : { must: [anyWayToMean(q)] }), filter: filters(query) } },
    sort: byRelevance
      ? [{ _score: { order: 'desc' } }, { id: { order: 'asc' } }]
      : [{ listedOn: { order: 'asc' } }, { id: { order: 'asc' } }],
    ...(after ? { search_after: [after.by === 'relevance' ? after.score : Date.parse(after.on), after.id] } : {}),
    size: limit + 1,
  };
}

function anyWayToMean(q: string): estypes.QueryDslQueryContainer {
  return {
    bool: {
      should: [
        { term: { 'artist.whole': { value: q, boost: 20 } } },
        {
          multi_match: {
            query: q,
            type: 'cross_fields',
            // Up to two words must all occur; of a longer sentence three quarters will do.
            minimum_should_match: '2<75%',
            fields: ['artist^6', 'title^4', 'venue^2', 'city^2', 'description'],
          },
        },
        { match: { 'names.typing': { query: q, operator: 'and', boost: 1.5 } } },
        { match: { names: { query: q, operator: 'and', fuzziness: 'AUTO' } } },
      ],
      minimum_should_match: 1,
    },
  };
}

function filters({ artist, from, to }: SearchQuery): estypes.QueryDslQueryContainer[] {
  return [
    ...(artist === '' ? [] : [{ term: { 'artist.whole': artist } }]),
    ...(from === '' ? [] : [{ range: { endsOn: { gte: from } } }]),
    ...(to === '' ? [] : [{ range: { startsOn: { lte: to } } }]),
  ];
}
