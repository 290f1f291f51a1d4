import type { Client } from '@connectrpc/connect';
import type { Database } from '@ticketing/common/database';
import { startJob, startOwnedJob } from '@ticketing/common/job';
import { type Operations, startOperations } from '@ticketing/common/operations';
import { type OutboxRelay, startOutboxRelay } from '@ticketing/common/outbox';
import { createRpcClient } from '@ticketing/common/rpc-client';
import { openServiceDatabase, type ServiceCore, startServiceCore } from '@ticketing/common/service-core';
import { ReservationService } from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import { sweepCancellations } from './cancellations/sweep-cancellations.ts';
import type { Config } from './config.ts';
import { schema } from './db/schema.ts';
import { recoverSagas } from './sagas/recover-sagas.ts';
import { watchSagas } from './sagas/watch-sagas.ts';

/** What the use cases are given. Built once. */
export interface Context extends ServiceCore {
  config: Config;
  db: Database;
  reservations: Client<typeof ReservationService>;
  outbox: OutboxRelay;
  operations: Operations;
  stop: () => Promise<void>;
}

export async function createContext(config: Config): Promise<Context> {
  const core = await startServiceCore(config);
  const { log, sidecar, telemetry } = core;
  const db = await openServiceDatabase(config, core, schema);
  const reservations = createRpcClient(ReservationService, sidecar, 'reservation');
  const outbox = startOutboxRelay({ db, sidecar, log, service: config.APP_ID, instance: config.INSTANCE_ID });
  const operations = startOperations({ config, db, sidecar, log, keepsLettersOf: [config.APP_ID, 'queue'] });
  const ctx = { ...core, config, db, reservations, outbox, operations };
  const watch = startJob({ name: 'saga-watch', intervalMs: 5_000, log, work: () => watchSagas(ctx) });
  const recovery = startJob({ name: 'saga-recovery', intervalMs: 1_000, log, work: () => recoverSagas(ctx) });
  const sweeper = startOwnedJob({
    ...{ name: 'cancellation-sweeper', instance: config.INSTANCE_ID, intervalMs: 1_000, sidecar, log, runsWithoutLock: true },
    work: () => sweepCancellations(ctx),
  });
  const stop = async (): Promise<void> => {
    await Promise.all([watch.stop(), recovery.stop(), sweeper.stop(), operations.stop()]);
    await outbox.stop();
    await db.close();
    await sidecar.close();
    await telemetry.stop();
  };
  return { ...ctx, stop };
}
