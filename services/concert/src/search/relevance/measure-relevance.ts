import type { Client, TransportRequestOptions } from '@elastic/elasticsearch';
import type { Queryable } from '@ticketing/common/database';
import type { ListedConcert } from '../../concerts/listed-concert.ts';
import { localDate } from '../../concerts/venue-time.ts';
import { seedId } from '../../seed/seed-id.ts';
import { planSeed, seedConcerts } from '../../seed/seed-plan.ts';
import { venues } from '../../seed/venues.ts';
import { replaceWords } from '../catalogue-words.ts';
import { findInCatalogue } from '../find-in-catalogue.ts';
import { findInIndex } from '../find-in-index.ts';
import { type ConcertState, putConcerts } from '../index-concerts.ts';
import { indexDefinition } from '../index-definition.ts';
import { readQuery } from '../read-query.ts';
import type { FoundPage, SearchQuery } from '../search-query.ts';
import { createThesaurus } from '../thesaurus.ts';
import { defaultSynonyms } from '../vocabulary.ts';
import { judgedQueries } from './judged-queries.ts';
import type { JudgedGroups, JudgedQuery } from './judged-query.ts';
import { average, type RankQuality, rankQuality } from './rank-quality.ts';
import { unseenConcerts } from './unseen-concerts.ts';

export interface GroupQuality extends RankQuality {
  group: string;
  queries: number;
  /** Queries that did not get everything right, with what they got. */
  imperfect: { q: string; ndcg: number; found: string[] }[];
}

/** A catalogue by the keys of its concerts, and what is asked of it. */
export interface Trial {
  concerts: ReadonlyMap<string, ConcertState>;
  judged: JudgedGroups;
}

const unsold = { version: 1, popularity: 0, saleOpensAt: '2027-01-01T00:00:00.000Z', lastStartsAt: null, cancelled: false };

const everything: SearchQuery = {
  ...{ readings: [], artists: [], cities: [], status: undefined, from: '', to: '', sort: 'relevance', limit: 10, after: undefined },
  now: new Date('2027-01-01T00:00:00Z'),
};

/** Asks judged queries of an index of its own that holds a catalogue, and grades the answers. */
export async function measureRelevance(
  client: Client,
  options: TransportRequestOptions,
  index: string,
  { concerts, judged }: Trial = { concerts: demonstrationData(), judged: judgedQueries },
): Promise<GroupQuality[]> {
  const alias = `${index}.build`;
  await client.indices.create({ index, aliases: { [alias]: {} }, ...indexDefinition(0) }, options);
  try {
    // What the sidecar sent twice was there already the second time.
    const { refused } = await putConcerts(alias, [...concerts.values()])(client, options);
    if (refused > 0) throw new Error('the index refused a concert');
    await client.indices.refresh({ index }, options);
    return await measureGroups({ concerts, judged }, (query) => findInIndex(query, index)(client, options));
  } finally {
    await client.indices.delete({ index }, options);
  }
}

/** Asks the same of SQL, which reads a table of words of its own. */
export async function measureFallback(db: Queryable, table: string, trial: Trial): Promise<GroupQuality[]> {
  const own: Queryable = {
    query: (sql, values) => db.query(sql.replaceAll('concert_words', table), values),
    execute: (sql, values) => db.execute(sql.replaceAll('concert_words', table), values),
  };
  await db.execute(`CREATE TABLE ${table} LIKE concert_words`);
  try {
    await replaceWords(own, [...trial.concerts.values()].map(toListed));
    return await measureGroups(trial, (query) => findInCatalogue(own, query));
  } finally {
    await db.execute(`DROP TABLE ${table}`);
  }
}

function toListed({ concertId, startsOn, endsOn, saleOpensAt, ...concert }: ConcertState): ListedConcert {
  return {
    ...{ ...concert, id: concertId, state: 'PUBLISHED', saleOpensAt: new Date(saleOpensAt), lastStartsAt: undefined },
    ...{ startsOn: startsOn ?? undefined, endsOn: endsOn ?? undefined },
  };
}

async function measureGroups({ concerts, judged }: Trial, find: (query: SearchQuery) => Promise<FoundPage>): Promise<GroupQuality[]> {
  const thesaurus = createThesaurus(defaultSynonyms);
  const keys = new Map([...concerts].map(([key, { concertId }]) => [concertId, key]));
  const search = async (q: string): Promise<string[]> => {
    const readings = readQuery(q, thesaurus);
    if (readings.length === 0) return [];
    const { ids } = await find({ ...everything, readings });
    return ids.map((id) => keys.get(id) ?? id);
  };
  const groups: GroupQuality[] = [];
  for (const [group, queries] of Object.entries(judged)) groups.push(await measureGroup(group, queries, search));
  return groups;
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

/** The demonstration data as its events would tell of it, by the keys of its concerts. */
export function demonstrationData(): Map<string, ConcertState> {
  const plan = planSeed(new Date('2027-01-01T00:00:00Z'), new Date('2027-01-01T00:00:00Z'));
  return new Map(
    seedConcerts.map(({ key, title, artist, description, venue, day, nights }, index) => {
      const dateOf = (night: number): string => localDate(new Date(Date.UTC(2027, 0, 1 + day + night)), 'UTC');
      const concertId = plan[index]?.id ?? '';
      return [
        key,
        {
          ...{ ...unsold, concertId, title, artist, description },
          venue: { id: concertId, ...venues[venue] },
          startsOn: dateOf(0),
          endsOn: dateOf(nights - 1),
        },
      ];
    }),
  );
}

/** The concerts that no list of names knows. */
export function unseenData(): Map<string, ConcertState> {
  return new Map(
    unseenConcerts.map(({ key, venue, startsOn, ...texts }) => {
      const concertId = seedId(`concert ${key}`);
      return [key, { ...unsold, ...texts, concertId, venue: { id: concertId, ...venue }, startsOn, endsOn: startsOn }];
    }),
  );
}
