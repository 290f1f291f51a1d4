import { request } from 'undici';
import { z } from 'zod';
import type { Owner, Row, WitnessSources } from './check.ts';
import { openKeyReader, type RedisAccess } from './redis-reader.ts';
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
  const redis = config.redis && (await openKeyReader(config.redis));
  const { elasticsearchUrl } = config;
  return {
    databases,
    redis,
    searchIndex: elasticsearchUrl === undefined ? undefined : () => readSearchIndex(elasticsearchUrl),
    close: async () => {
      redis?.close();
      await Promise.all(Object.values(databases).map((database) => database.close()));
    },
  };
}

const alias = 'concerts-v3';
const pageSize = 1_000;
const page = z.object({
  hits: z.object({
    hits: z.array(
      z.object({
        _source: z.object({ id: z.string(), title: z.string(), artist: z.string() }),
        sort: z.array(z.union([z.string(), z.number()])),
      }),
    ),
  }),
});

async function readSearchIndex(url: string): Promise<Row[] | undefined> {
  const rows: Row[] = [];
  await request(`${url}/${alias}/_refresh`, { method: 'POST' }).then(({ body }) => body.dump());
  for (let after: (string | number)[] | undefined; ; ) {
    const search = { size: pageSize, _source: ['id', 'title', 'artist'], sort: [{ id: 'asc' }], ...(after && { search_after: after }) };
    const reply = await request(`${url}/${alias}/_search`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(search),
    });
    const body: unknown = await reply.body.json();
    if (reply.statusCode === 404) return undefined;
    if (reply.statusCode !== 200) throw new Error(`the search index answers ${reply.statusCode}`);
    const { hits } = page.parse(body).hits;
    rows.push(...hits.map(({ _source: { id, ...rest } }) => ({ concert: id.replaceAll('-', ''), ...rest })));
    after = hits.at(-1)?.sort;
    if (hits.length < pageSize) return rows;
  }
}
