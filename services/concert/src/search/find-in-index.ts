import { buildSearchQuery } from './build-search-query.ts';
import type { ConcertDocument } from './concert-document.ts';
import { indexAlias } from './index-definition.ts';
import type { Question } from './search-index.ts';
import { cutPage, type FoundPage, type SearchQuery } from './search-query.ts';

/** Searches the index. */
export function findInIndex(query: SearchQuery): Question<FoundPage> {
  return async (client, options) => {
    const body = buildSearchQuery(query);
    const reply = await client.search<Pick<ConcertDocument, 'id' | 'listedOn'>>(
      { index: indexAlias, ...body, _source: ['id', 'listedOn'], track_total_hits: false, track_scores: true },
      options,
    );
    if (reply.timed_out || reply._shards.failed > 0) throw new Error('a part of the index did not answer');
    const hits = reply.hits.hits.flatMap(({ _source, _score }) => (_source ? [{ ..._source, score: _score ?? 0 }] : []));
    const byRelevance = query.after ? query.after.by === 'relevance' : query.q !== '';
    return cutPage(
      hits,
      query.limit,
      ({ id, listedOn, score }) => (byRelevance ? { by: 'relevance', score, id } : { by: 'date', on: listedOn, id }),
      ({ id }) => id,
    );
  };
}
