import type { Client } from '@connectrpc/connect';
import type { Database } from '@ticketing/common/database';
import { type Job, startOwnedJob } from '@ticketing/common/job';
import { type Operations, startOperations } from '@ticketing/common/operations';
import { type OutboxRelay, startOutboxRelay } from '@ticketing/common/outbox';
import { createRpcClient } from '@ticketing/common/rpc-client';
import { openServiceDatabase, type ServiceCore, startServiceCore } from '@ticketing/common/service-core';
import { loadSigningKeys, type SigningKeys } from '@ticketing/common/signing-keys';
import { ConcertService } from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import { ReservationService } from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import type { Config } from './config.ts';
import { schema } from './db/schema.ts';
import { type Mailing, mailRetention, startMailing } from './mails/mailing.ts';
import { createFailedAttempts, type FailedAttempts } from './passwords/failed-attempts.ts';
import { createHashLine, type HashLine } from './passwords/hash-line.ts';
import { sendAllProofs } from './proofs/send-proofs.ts';
import { retentionRules } from './retention-rules.ts';

/** What the use cases are given. Built once. */
export interface Context extends ServiceCore {
  config: Config;
  db: Database;
  keys: SigningKeys;
  hashLine: HashLine;
  failedAttempts: FailedAttempts;
  reservations: Pick<Client<typeof ReservationService>, 'countLiveTickets'>;
  outbox: OutboxRelay;
  /** Sends the tokens that were asked for. */
  proofSender: Job;
  operations: Operations;
  mailing: Mailing;
  stop: () => Promise<void>;
}

export async function createContext(config: Config): Promise<Context> {
  const core = await startServiceCore(config);
  const { log, sidecar, telemetry } = core;
  const db = await openServiceDatabase(config, core, schema);
  const keys = await loadSigningKeys(await sidecar.getSecret('USER_SIGNING_KEYS'));
  const outbox = startOutboxRelay({ db, sidecar, log, service: config.APP_ID, instance: config.INSTANCE_ID });
  const operations = startOperations({
    ...{ config, db, sidecar, log, keepsLettersOf: [config.APP_ID] },
    retention: [mailRetention(config), ...retentionRules],
  });
  const concerts = createRpcClient(ConcertService, sidecar, 'concert');
  const mailing = startMailing({ db, sidecar, concerts, log, config });
  const proofSender = startOwnedJob({
    ...{ name: 'proof-sender', instance: config.INSTANCE_ID, sidecar, log, intervalMs: 1_000, leastPauseMs: 50 },
    work: (signal) => sendAllProofs(db, signal),
    runsWithoutLock: true,
  });
  const stop = async (): Promise<void> => {
    await Promise.all([operations.stop(), mailing.stop(), proofSender.stop()]);
    await outbox.stop();
    await db.close();
    await sidecar.close();
    await telemetry.stop();
  };
  const hashLine = createHashLine({
    mostAtWork: config.PASSWORDS_AT_WORK,
    mostWaiting: config.PASSWORDS_WAITING,
    longestWaitMs: config.PASSWORD_WAIT_MS,
  });
  const reservations = createRpcClient(ReservationService, sidecar, 'reservation');
  const failedAttempts = createFailedAttempts();
  return { ...core, config, db, keys, hashLine, failedAttempts, reservations, outbox, proofSender, operations, mailing, stop };
}
