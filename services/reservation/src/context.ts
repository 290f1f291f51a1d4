import { recordAudit } from '@ticketing/common/audit';
import type { Database } from '@ticketing/common/database';
import { type Job, startOwnedJob } from '@ticketing/common/job';
import { type Operations, startOperations } from '@ticketing/common/operations';
import { type OutboxRelay, startOutboxRelay } from '@ticketing/common/outbox';
import { createRpcClient } from '@ticketing/common/rpc-client';
import { openServiceDatabase, type ServiceCore, startServiceCore } from '@ticketing/common/service-core';
import { followSettings, type Settings, subscribeThroughSidecar } from '@ticketing/common/settings';
import { loadSigningKeys, type SigningKeys } from '@ticketing/common/signing-keys';
import type { TimedCache } from '@ticketing/common/timed-cache';
import { ConcertService } from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import type { Config } from './config.ts';
import { schema } from './db/schema.ts';
import type { SectionCount } from './gate/count-check-ins.ts';
import { createGateAccess, type GateAccess } from './gate/gate-access.ts';
import { createGateChanges, createGateCounts } from './gate/gate-views.ts';
import { createPerformances, type Performances } from './performances/performances.ts';
import { endHolds } from './reservations/end-holds.ts';
import { expireHolds } from './reservations/expire-holds.ts';
import { createSalesFigures, type SalesFigures } from './sales/sales-figures.ts';
import { createSeatCounts, type SeatCounts } from './seats/seat-counts.ts';
import { createSeatMaps, type SeatMaps } from './seats/seat-maps.ts';
import { type SettingKey, settingDefinitions } from './settings.ts';
import { createTransferTokens, type TransferTokens } from './transfers/transfer-tokens.ts';

/** What the use cases are given. Built once. */
export interface Context extends ServiceCore {
  config: Config;
  db: Database;
  settings: Settings<SettingKey>;
  ticketKeys: SigningKeys;
  transferTokens: TransferTokens;
  performances: Performances;
  seatMaps: SeatMaps;
  seatCounts: SeatCounts;
  gateAccess: GateAccess;
  /** Numbers what has changed of the tickets of a performance. */
  gateChanges: TimedCache<object>;
  gateCounts: TimedCache<SectionCount[]>;
  salesFigures: SalesFigures;
  outbox: OutboxRelay;
  operations: Operations;
  stop: () => Promise<void>;
}

export async function createContext(config: Config): Promise<Context> {
  const core = await startServiceCore(config);
  const { log, sidecar, telemetry } = core;
  const db = await openServiceDatabase(config, core, schema);
  const ticketSecret = await sidecar.getSecret('TICKET_SIGNING_KEYS');
  const ticketKeys = await loadSigningKeys(ticketSecret);
  const transferTokens = createTransferTokens(ticketSecret);
  const settings = await followSettings({
    definitions: settingDefinitions,
    audit: (change) => recordAudit(db, change),
    sidecar,
    subscribe: subscribeThroughSidecar({ grpcPort: config.DAPR_GRPC_PORT, apiToken: config.DAPR_API_TOKEN }),
    log,
  });
  const identity = { service: config.APP_ID, instance: config.INSTANCE_ID };
  const outbox = startOutboxRelay({ db, sidecar, log, ...identity });
  const operations = startOperations({ config, db, sidecar, log, keepsLettersOf: [config.APP_ID] });
  const jobs: Job[] = [
    startOwnedJob({
      ...{ name: 'cancelled-holds', instance: config.INSTANCE_ID, intervalMs: 1_000, sidecar, log, runsWithoutLock: true },
      work: () => endHolds({ db }),
    }),
  ];
  if (config.HOLD_SWEEPER === 'on') {
    const work = (): Promise<void> => expireHolds({ db });
    jobs.push(
      startOwnedJob({ name: 'hold-sweeper', instance: config.INSTANCE_ID, intervalMs: 1_000, sidecar, log, work, runsWithoutLock: true }),
    );
  }
  const stop = async (): Promise<void> => {
    await Promise.all([operations.stop(), ...jobs.map((job) => job.stop())]);
    await outbox.stop();
    await settings.stop();
    await db.close();
    await sidecar.close();
    await telemetry.stop();
  };
  return {
    ...{ ...core, config, db, settings, ticketKeys, transferTokens, outbox, operations, stop },
    ...{ performances: createPerformances(db), seatMaps: createSeatMaps(db), seatCounts: createSeatCounts(db) },
    gateAccess: createGateAccess(createRpcClient(ConcertService, sidecar, 'concert')),
    ...{ gateChanges: createGateChanges(db), gateCounts: createGateCounts(db), salesFigures: createSalesFigures(db) },
  };
}
