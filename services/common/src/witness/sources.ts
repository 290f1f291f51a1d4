import { request } from 'undici';
import { z } from 'zod';
import type { Owner, Row, Unseen, WitnessSources } from './check.ts';
import { type KeyReader, openKeyReader, type RedisAccess } from './redis-reader.ts';
import { openWitnessDatabase, type WitnessAccess } from './witness-databases.ts';

/** Where the witness looks. An account that may only read is enough everywhere. */
export interface WitnessConfig {
  databases: Record<Owner, WitnessAccess>;
  redis: RedisAccess | undefined;
  elasticsearchUrl: string | undefined;
}

export async function openSources(config: WitnessConfig): Promise<WitnessSources & { close: () => Promise<void> }> {
  const { user, concert, reservation, payment } = config.databases;
  const databases = {
    user: await openWitnessDatabase(user),
    concert: await openWitnessDatabase(concert),
    reservation: await openWitnessDatabase(reservation),
    payment: await openWitnessDatabase(payment),
  };
  const redis = await openRedis(config.redis);
  const { elasticsearchUrl } = config;
  return {
    databases,
    redis,
    searchIndex: elasticsearchUrl === undefined ? { unseen: 'the search index: not configured' } : () => readSearchIndex(elasticsearchUrl),
    close: async () => {
      if ('close' in redis) redis.close();
      await Promise.all(Object.values(databases).map((database) => database.close()));
    },
  };
}

async function openRedis(access: RedisAccess | undefined): Promise<KeyReader | Unseen> {
  if (!access) return { unseen: 'Redis: not configured' };
  return openKeyReader(access).catch((error: unknown) => ({ unseen: `Redis: ${messageOf(error)}` }));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown';
}

const alias = 'concerts-v4';
const pageSize = 1_000;
const text = z.string();
const document = {
  ...{ id: text, title: text, artist: text, venue: text, city: text, saleOpensAt: text },
  ...{ startsOn: text.nullable(), endsOn: text.nullable(), lastStartsAt: text.nullable() },
};
const page = z.object({
  hits: z.object({
    hits: z.array(
      z.object({
        _source: z.object(document),
        sort: z.array(z.union([z.string(), z.number()])),
      }),
    ),
  }),
});

async function readSearchIndex(url: string): Promise<Row[] | Unseen> {
  try {
    return await readDocuments(url);
  } catch (error) {
    return { unseen: `the search index: ${messageOf(error)}` };
  }
}

async function readDocuments(url: string): Promise<Row[] | Unseen> {
  const rows: Row[] = [];
  await request(`${url}/${alias}/_refresh`, { method: 'POST' }).then(({ body }) => body.dump());
  for (let after: (string | number)[] | undefined; ; ) {
    const search = { size: pageSize, _source: Object.keys(document), sort: [{ id: 'asc' }], ...(after && { search_after: after }) };
    const reply = await request(`${url}/${alias}/_search`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(search),
    });
    const body: unknown = await reply.body.json();
    if (reply.statusCode === 404) return { unseen: 'the search index: there is none' };
    if (reply.statusCode !== 200) throw new Error(`it answers ${reply.statusCode}`);
    const { hits } = page.parse(body).hits;
    rows.push(...hits.map(({ _source: { id, ...rest } }) => ({ concert: id.replaceAll('-', ''), ...rest })));
    after = hits.at(-1)?.sort;
    if (hits.length < pageSize) return rows;
  }
}
