import type { Client, TransportRequestOptions } from '@elastic/elasticsearch';
import { localDate } from '../../concerts/venue-time.ts';
import { planSeed, seedConcerts } from '../../seed/seed-plan.ts';
import { venues } from '../../seed/venues.ts';
import { findInIndex } from '../find-in-index.ts';
import { type ConcertState, putConcerts } from '../index-concerts.ts';
import { indexDefinition } from '../index-definition.ts';
import { readQuery } from '../read-query.ts';
import type { SearchQuery } from '../search-query.ts';
import { createThesaurus } from '../thesaurus.ts';
import { defaultSynonyms } from '../vocabulary.ts';
import { judgedQueries } from './judged-queries.ts';
import type { JudgedQuery } from './judged-query.ts';
import { average, type RankQuality, rankQuality } from './rank-quality.ts';

export interface GroupQuality extends RankQuality {
  group: string;
  queries: number;
  /** Queries that did not get everything right, with what they got. */
  imperfect: { q: string; ndcg: number; found: string[] }[];
}

const everything: SearchQuery = {
  ...{ readings: [], artists: [], cities: [], status: undefined, from: '', to: '', sort: 'relevance', limit: 10, after: undefined },
  now: new Date('2027-01-01T00:00:00Z'),
};

/** Asks the judged queries of an index of its own that holds the demonstration data, and grades the answers. */
export async function measureRelevance(client: Client, options: TransportRequestOptions, index: string): Promise<GroupQuality[]> {
  const alias = `${index}.build`;
  await client.indices.create({ index, aliases: { [alias]: {} }, ...indexDefinition(0) }, options);
  try {
    const { written } = await putConcerts(alias, corpus())(client, options);
    if (written < seedConcerts.length) throw new Error('the index refused a concert');
    await client.indices.refresh({ index }, options);
    const thesaurus = createThesaurus(defaultSynonyms);
    const search = async (q: string): Promise<string[]> => {
      const { ids } = await findInIndex({ ...everything, readings: readQuery(q, thesaurus) }, index)(client, options);
      return ids.map(keyOf);
    };
    const groups: GroupQuality[] = [];
    for (const [group, queries] of Object.entries(judgedQueries)) groups.push(await measureGroup(group, queries, search));
    return groups;
  } finally {
    await client.indices.delete({ index }, options);
  }
}

async function measureGroup(group: string, queries: JudgedQuery[], search: (q: string) => Promise<string[]>): Promise<GroupQuality> {
  const graded: (RankQuality & { q: string; found: string[] })[] = [];
  for (const { q, best, good = [] } of queries) {
    const found = await search(q);
    graded.push({
      q,
      found,
      ...rankQuality(found, new Map([...good.map((key) => [key, 1] as const), ...best.map((key) => [key, 2] as const)])),
    });
  }
  const imperfect = graded.filter(({ ndcg, recall }) => ndcg < 1 || recall < 1);
  return { group, queries: queries.length, ...average(graded), imperfect };
}

const plan = planSeed(new Date('2027-01-01T00:00:00Z'), new Date('2027-01-01T00:00:00Z'));

function keyOf(id: string): string {
  return seedConcerts[plan.findIndex((concert) => concert.id === id)]?.key ?? id;
}

/** The demonstration data as its events would tell of it. */
function corpus(): ConcertState[] {
  return seedConcerts.map(({ title, artist, description, venue, day, nights }, index) => {
    const dateOf = (night: number): string => localDate(new Date(Date.UTC(2027, 0, 1 + day + night)), 'UTC');
    return {
      concertId: plan[index]?.id ?? '',
      version: 1,
      ...{ title, artist, description, popularity: 0, saleOpensAt: '2027-01-01T00:00:00.000Z', lastStartsAt: null },
      venue: { id: plan[index]?.id ?? '', ...venues[venue] },
      startsOn: dateOf(0),
      endsOn: dateOf(nights - 1),
    };
  });
}
