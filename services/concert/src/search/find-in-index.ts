import type { Client, estypes, TransportRequestOptions } from '@elastic/elasticsearch';
import { buildSearchQuery, goodScore, isByRelevance, matchQuery } from './build-search-query.ts';
import type { ConcertDocument } from './concert-document.ts';
import { indexAlias } from './index-definition.ts';
import type { Question } from './search-index.ts';
import { cutPage, type FoundPage, type SearchQuery } from './search-query.ts';
import { type SearchWay, searchWays } from './search-way.ts';

type Hit = Pick<ConcertDocument, 'id' | 'listedOn'> & { score: number };

/**
 * Searches the index: for what was typed, only where nothing is spelt like that for what may have been meant, and only where there is
 * no such thing either for a part of it.
 * @param target the alias, or another index of its definition
 */
export function findInIndex(query: SearchQuery, target = indexAlias): Question<FoundPage> {
  return async (client, options) => {
    const ask = (body: estypes.SearchRequest): Promise<Hit[]> => askIndex(client, options, { index: target, ...body });
    const { hits, ...found } = await (query.after || query.readings.length === 0 ? goOn(query, ask) : begin(query, ask));
    const position = (hit: Hit) => ({ on: hit.listedOn, id: hit.id, ...found });
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
  way?: SearchWay;
  floor?: number;
}

type Ask = (body: estypes.SearchRequest) => Promise<Hit[]>;

async function begin(query: SearchQuery, ask: Ask): Promise<Found> {
  const byRelevance = isByRelevance(query);
  for (const way of searchWays) {
    if (way === 'partly' && query.readings.every((reading) => reading.length === 1)) break;
    // In the order of dates the best hit may be on any page, so it is asked for first.
    const first = await ask(byRelevance ? buildSearchQuery(query, way) : { query: matchQuery(query, way), size: 1 });
    const floor = floorOf(way, first[0]);
    if (floor === undefined) continue;
    const hits = byRelevance
      ? first.filter(({ score }) => score >= floor)
      : await ask({ ...buildSearchQuery(query, way), min_score: floor });
    return { hits, way, floor };
  }
  return { hits: [] };
}

// Where a part is enough, what has much less of it than the best is noise.
const shareOfBest = 0.6;

/** The score that belongs into the list; undefined when the best hit is not good enough for this way. */
function floorOf(way: SearchWay, best: Hit | undefined): number | undefined {
  if (!best) return undefined;
  if (way === 'spelt') return best.score >= goodScore ? goodScore : undefined;
  return way === 'forgiving' ? 0 : best.score * shareOfBest;
}

/** A list that SQL began, which knows no ways, goes on with all that may have been meant. */
async function goOn(query: SearchQuery, ask: Ask): Promise<Found> {
  const { way = 'forgiving', floor } = query.after ?? {};
  return { hits: await ask(buildSearchQuery(query, way)), way, ...(floor !== undefined && { floor }) };
}

async function askIndex(client: Client, options: TransportRequestOptions, body: estypes.SearchRequest): Promise<Hit[]> {
  const reply = await client.search<Omit<Hit, 'score'>>(
    { ...body, _source: ['id', 'listedOn'], track_total_hits: false, track_scores: true },
    options,
  );
  if (reply.timed_out || reply._shards.failed > 0) throw new Error('a part of the index did not answer');
  return reply.hits.hits.flatMap(({ _source, _score }) => (_source ? [{ ..._source, score: _score ?? 0 }] : []));
}
