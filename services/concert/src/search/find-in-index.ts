import type { Client, estypes, TransportRequestOptions } from '@elastic/elasticsearch';
import { buildSearchQuery, goodScore, isByRelevance } from './build-search-query.ts';
import { indexAlias } from './index-definition.ts';
import type { Question } from './search-index.ts';
import { cutPage, type FoundPage, type SearchQuery } from './search-query.ts';
import type { SearchWay } from './search-way.ts';

interface Hit {
  id: string;
  on: string;
  score: number;
}

/**
 * Searches the index: for what was typed, only where nothing is spelt like that for what may have been meant, and only where there is
 * no such thing either for a part of it.
 * @param target the alias, or another index of its definition
 */
export function findInIndex(query: SearchQuery, target = indexAlias): Question<FoundPage> {
  return async (client, options) => {
    const ask: Ask = (bodies) => askIndex(client, options, target, bodies);
    const { hits, ...found } = await (query.after ? goOn(query, ask) : begin(query, ask));
    const position = ({ id, on }: Hit) => ({ id, on, ...found });
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

/** Asks several things in one round trip. */
type Ask = (bodies: estypes.SearchSearchRequestBody[]) => Promise<Hit[][]>;

// Most of what is asked for is spelt like that. Whatever else it may be is asked for together: a round trip costs more than a search.
const rounds: SearchWay[][] = [['spelt'], ['forgiving', 'partly']];

async function begin(query: SearchQuery, ask: Ask): Promise<Found> {
  const isOneWord = query.readings.every((reading) => reading.length === 1);
  for (const round of rounds) {
    const ways = round.filter((way) => way !== 'partly' || !isOneWord);
    const firsts = await ask(ways.map((way) => firstQuery(query, way)));
    for (const [index, way] of ways.entries()) {
      const first = firsts[index] ?? [];
      const floor = floorOf(way, first[0]);
      if (floor !== undefined) return { hits: await inList(query, ask, { first, way, floor }), way, floor };
    }
  }
  return { hits: [] };
}

/** In the order of dates the best hit may be on any page, so it is asked for first. */
function firstQuery(query: SearchQuery, way: SearchWay): estypes.SearchSearchRequestBody {
  return isByRelevance(query) ? buildSearchQuery(query, way) : { ...buildSearchQuery({ ...query, sort: 'relevance' }, way), size: 1 };
}

async function inList(query: SearchQuery, ask: Ask, found: { first: Hit[]; way: SearchWay; floor: number }): Promise<Hit[]> {
  const { first, way, floor } = found;
  if (isByRelevance(query)) return first.filter(({ score }) => score >= floor);
  const [hits = []] = await ask([{ ...buildSearchQuery(query, way), min_score: floor }]);
  return hits;
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
  const [hits = []] = await ask([buildSearchQuery(query, way)]);
  return { hits, way, ...(floor !== undefined && { floor }) };
}

// What a page needs of its hits is what they are sorted by, so that no stored document is read.
const noDocuments = { _source: false, stored_fields: '_none_', track_total_hits: false, track_scores: true } as const;

async function askIndex(
  client: Client,
  options: TransportRequestOptions,
  index: string,
  bodies: estypes.SearchSearchRequestBody[],
): Promise<Hit[][]> {
  const [first, ...others] = bodies.map((body) => ({ ...body, ...noDocuments }));
  if (others.length === 0) return [hitsOf(await client.search({ index, ...first }, options))];
  const { responses } = await client.msearch({ index, searches: [first, ...others].flatMap((body) => [{}, body ?? {}]) }, options);
  return responses.map((response) => {
    if ('error' in response) throw new Error(`the index refused: ${response.error.type}`);
    return hitsOf(response);
  });
}

function hitsOf(reply: estypes.SearchResponseBody): Hit[] {
  if (reply.timed_out || reply._shards.failed > 0) throw new Error('a part of the index did not answer');
  return reply.hits.hits.map(({ sort = [], _score }) => {
    const [listedOn, id] = sort.slice(-2);
    return { id: String(id), on: new Date(Number(listedOn)).toISOString().slice(0, 10), score: _score ?? 0 };
  });
}
