import type { Database } from '@ticketing/common/database';
import { type Job, startJob, startOwnedJob } from '@ticketing/common/job';
import { type Operations, startOperations } from '@ticketing/common/operations';
import { type OutboxRelay, startOutboxRelay } from '@ticketing/common/outbox';
import { createRpcClient, sideCallMs } from '@ticketing/common/rpc-client';
import { openServiceDatabase, type ServiceCore, startServiceCore } from '@ticketing/common/service-core';
import { createSharedCache, type SharedCache, sharesNothing } from '@ticketing/common/shared-cache';
import { ReservationService } from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import { type CatalogueCache, createCatalogueCache } from './concerts/catalogue-cache.ts';
import { createViews, type Views, writeViews } from './concerts/count-views.ts';
import type { Config } from './config.ts';
import { schema } from './db/schema.ts';
import { type Availability, createAvailability } from './performances/availability.ts';
import { createSeatLayouts, type SeatLayouts } from './performances/seat-layouts.ts';
import { type BoundSearches, boundSearches } from './search/bound-searches.ts';
import { createIndexKeeper, keeperLock } from './search/keep-index.ts';
import { createSearchClient } from './search/search-client.ts';
import { accessIndex, type IndexAccess, openSearchIndex, type SearchIndex } from './search/search-index.ts';
import { createSearchPages, type SearchPages } from './search/search-pages.ts';
import { createSynonyms, type Synonyms } from './synonyms/synonyms.ts';
import { createWebhookClient } from './webhooks/post-webhook.ts';
import { createWebhookSender, forgetDeliveries } from './webhooks/send-webhooks.ts';

/** What use cases that change the catalogue are given; they need nothing but a database. */
export interface CatalogueWriter {
  db: Database;
  /** Called after each commit that changed a concert. */
  changed: (concertId: string) => void;
}

/** What the use cases are given. Built once. */
export interface Context extends ServiceCore, CatalogueWriter {
  config: Config;
  cache: CatalogueCache;
  views: Views;
  availability: Availability;
  seatLayouts: SeatLayouts;
  index: SearchIndex;
  /** The same Elasticsearch, for work that can wait. */
  bulk: IndexAccess;
  /** What other instances have found in the index. */
  shared: SharedCache;
  /** Runs searches that SQL answers: its connections are also needed by whoever does not search. */
  bySql: BoundSearches;
  pages: SearchPages;
  synonyms: Synonyms;
  outbox: OutboxRelay;
  operations: Operations;
  stop: () => Promise<void>;
}

/** The index shows a change within its refresh (half a second) and what its event takes to get there. */
const sharing = { ttlSeconds: 3, settleMs: 2_000 };

export async function createContext(config: Config): Promise<Context> {
  const core = await startServiceCore(config);
  const { log, sidecar, telemetry } = core;
  const db = await openServiceDatabase(config, core, schema);
  const cache = createCatalogueCache(db);
  const reservations = createRpcClient(ReservationService, sidecar, 'reservation');
  const availability = createAvailability(async (concertId) => {
    const { items } = await reservations.getAvailability({ concertId }, { timeoutMs: sideCallMs });
    return new Map(items.map(({ performanceId, available }) => [performanceId, available]));
  }, log);
  const search = openSearch(config, log);
  const { index, bulk } = search;
  const shares = config.SHARED_CACHE === 'on' && config.SEARCH_INDEX === 'on';
  const shared = shares ? createSharedCache({ sidecar, ...sharing }) : sharesNothing;
  const bySql = boundSearches({ most: Math.ceil(config.DB_POOL_SIZE / 2), longestWaitMs: 2_500 });
  const pages = createSearchPages({ db, index, shared, bySql });
  const synonyms = createSynonyms(db);

  const instance = config.INSTANCE_ID;
  const outbox = startOutboxRelay({ db, sidecar, log, service: config.APP_ID, instance });
  const operations = startOperations({ config, db, sidecar, log, keepsLettersOf: [config.APP_ID] });
  const keeper = startOwnedJob({
    name: 'concert-index-keeper',
    lock: keeperLock,
    instance,
    intervalMs: 2_000,
    sidecar,
    log,
    work: createIndexKeeper({ db, index, bulk, log, replicas: config.SEARCH_REPLICAS }),
  });
  const changed = (concertId: string): void => {
    cache.forget(concertId);
    pages.forget();
    shared.forget();
    outbox.wake();
  };
  const views = createViews();
  const counter = startJob({ name: 'concert-views', intervalMs: 10_000, log, work: () => writeViews({ db, changed }, views.take()) });
  const webhooks = startWebhooks(config, core, db);
  const stop = async (): Promise<void> => {
    await Promise.all([keeper.stop(), counter.stop(), operations.stop(), webhooks.stop()]);
    await outbox.stop();
    await search.close();
    await db.close();
    await sidecar.close();
    await telemetry.stop();
  };
  const catalogue = { cache, views, availability, seatLayouts: createSeatLayouts(db), synonyms, changed };
  return { ...core, ...catalogue, config, db, index, bulk, shared, bySql, pages, outbox, operations, stop };
}

function openSearch(config: Config, log: ServiceCore['log']): Pick<Context, 'index' | 'bulk'> & { close: () => Promise<void> } {
  const access = { httpPort: config.DAPR_HTTP_PORT, apiToken: config.DAPR_API_TOKEN };
  const client = createSearchClient(access);
  const bulkClient = createSearchClient({ ...access, endpoint: 'elasticsearch-bulk' });
  const index = openSearchIndex(client, log, { answers: config.SEARCH_INDEX === 'on', most: config.SEARCHES });
  const close = async (): Promise<void> => {
    index.stop();
    await Promise.all([client.close(), bulkClient.close()]);
  };
  return { index, bulk: accessIndex(bulkClient), close };
}

/** Sends to webhooks in one instance at a time, where they are switched on. */
function startWebhooks(config: Config, { sidecar, log }: ServiceCore, db: Database): Pick<Job, 'stop'> {
  if (config.WEBHOOKS === 'off') return { stop: () => Promise.resolve() };
  const client = createWebhookClient({ toPrivate: config.WEBHOOKS_TO_PRIVATE_ADDRESSES === 'on' });
  const sender = createWebhookSender({ db, client, log });
  const owned = { instance: config.INSTANCE_ID, sidecar, log };
  const jobs = [
    startOwnedJob({ ...owned, name: 'webhook-sender', intervalMs: 1_000, work: sender.turn, runsWithoutLock: true }),
    startOwnedJob({ ...owned, name: 'webhook-tidier', intervalMs: 3_600_000, work: () => forgetDeliveries(db) }),
  ];
  const stop = async (): Promise<void> => {
    await Promise.all(jobs.map((job) => job.stop()));
    await sender.stop();
    await client.close();
  };
  return { stop };
}
