import type { Client, estypes, TransportRequestOptions } from '@elastic/elasticsearch';
import { buildSearchQuery, goodScore, isByRelevance, matchQuery } from './build-search-query.ts';
import type { ConcertDocument } from './concert-document.ts';
import { indexAlias } from './index-definition.ts';
import type { Question } from './search-index.ts';
import { cutPage, type FoundPage, type SearchQuery } from './search-query.ts';

type Hit = Pick<ConcertDocument, 'id' | 'listedOn'> & { score: number };

/**
 * Searches the index: for what was typed, and only where nothing is spelt like that, for what may have been meant.
 * @param target the alias, or another index of its definition
 */
export function findInIndex(query: SearchQuery, target = indexAlias): Question<FoundPage> {
  return async (client, options) => {
    const ask = (body: estypes.SearchRequest): Promise<Hit[]> => askIndex(client, options, { index: target, ...body });
    const { hits, floor } = await (query.after || query.readings.length === 0 ? goOn(query, ask) : begin(query, ask));
    const position = (hit: Hit) => ({ on: hit.listedOn, id: hit.id, ...(floor !== undefined && { floor }) });
    return cutPage(
      hits,
      query.limit,
      (hit) => (isByRelevance(query) ? { by: 'relevance', score: hit.score, ...position(hit) } : { by: 'date', ...position(hit) }),
      ({ id }) => id,
    );
  };
}

interface Found {
  hits: Hit[];
  floor?: number | undefined;
}

type Ask = (body: estypes.SearchRequest) => Promise<Hit[]>;

async function begin(query: SearchQuery, ask: Ask): Promise<Found> {
  if (isByRelevance(query)) {
    const hits = await ask(buildSearchQuery(query));
    if (isGood(hits[0])) return { hits: hits.filter(isGood), floor: goodScore };
  } else {
    // In the order of dates the best hit may be on any page, so it is asked for first.
    const [best] = await ask({ query: matchQuery(query), size: 1 });
    if (isGood(best)) return { hits: await ask({ ...buildSearchQuery(query), min_score: goodScore }), floor: goodScore };
  }
  return { hits: await ask(buildSearchQuery(query, true)) };
}

/** A list that has no floor was begun with misspelt words in it. */
async function goOn(query: SearchQuery, ask: Ask): Promise<Found> {
  const floor = query.after?.floor;
  return { hits: await ask(buildSearchQuery(query, floor === undefined)), floor };
}

function isGood(hit: Hit | undefined): boolean {
  return hit !== undefined && hit.score >= goodScore;
}

async function askIndex(client: Client, options: TransportRequestOptions, body: estypes.SearchRequest): Promise<Hit[]> {
  const reply = await client.search<Omit<Hit, 'score'>>(
    { ...body, _source: ['id', 'listedOn'], track_total_hits: false, track_scores: true },
    options,
  );
  if (reply.timed_out || reply._shards.failed > 0) throw new Error('a part of the index did not answer');
  return reply.hits.hits.flatMap(({ _source, _score }) => (_source ? [{ ..._source, score: _score ?? 0 }] : []));
}
