import { timestampDate } from '@bufbuild/protobuf/wkt';
import type { OperationsService, ReplayEventsRequest } from '@ticketing/contracts/gen/ticketing/common/v1/operations_pb';
import { listAudit } from './audit.ts';
import type { RetentionConfig, ServiceConfig } from './config.ts';
import { decodeIdCursor } from './cursor.ts';
import type { Sidecar } from './dapr.ts';
import type { Database } from './database.ts';
import { discardLetter, listLetters, redriveLetter, redriveLetters } from './dead-letters.ts';
import { type Job, startJob, startOwnedJob } from './job.ts';
import type { Logger } from './log.ts';
import { watchOutbox } from './outbox.ts';
import { redriveDue, watchDeadLetters } from './redrive.ts';
import { isRefusal, refusalResult, refuse } from './refusal.ts';
import { findReplay, publishReplays, requestReplay } from './replays.ts';
import { removeOld } from './retention.ts';
import type { RpcHandlers } from './rpc-server.ts';

/** What operators see and do in a service, and the jobs that carry it out. */
export interface Operations {
  rpc: RpcHandlers<typeof OperationsService>;
  stop: () => Promise<void>;
}

export interface OperationsOptions {
  config: ServiceConfig & RetentionConfig;
  db: Database;
  sidecar: Sidecar;
  log: Logger;
  /** The consumers whose dead letters this service keeps. */
  keepsLettersOf: readonly string[];
}

// Whoever asks for something wakes the job, where it runs in the same instance.
const intervalMs = 2_000;
const retentionIntervalMs = 60_000;
const watchIntervalMs = 5_000;

export function startOperations({ config, db, sidecar, log, keepsLettersOf }: OperationsOptions): Operations {
  const owned = { instance: config.INSTANCE_ID, sidecar, log };
  const service = config.APP_ID;
  const redriver = startOwnedJob({
    ...owned,
    name: `${service}-redriver`,
    intervalMs,
    work: () => redriveDue({ db, sidecar }),
    runsWithoutLock: true,
  });
  const replayer = startOwnedJob({ ...owned, name: `${service}-replayer`, intervalMs, work: () => publishReplays({ db, sidecar, log }) });
  const retention = startOwnedJob({
    ...owned,
    name: `${service}-retention`,
    intervalMs: retentionIntervalMs,
    work: () => removeOld(db, config),
  });
  const watches = [
    startJob({ name: 'dead-letter-watch', intervalMs: watchIntervalMs, log, work: () => watchDeadLetters(db, keepsLettersOf) }),
    startJob({ name: 'outbox-watch', intervalMs: watchIntervalMs, log, work: () => watchOutbox(db) }),
  ];
  const jobs: Job[] = [redriver, replayer, retention, ...watches];
  return {
    rpc: operationsRpc(db, { redriver, replayer }),
    stop: async () => {
      await Promise.all(jobs.map((job) => job.stop()));
    },
  };
}

function operationsRpc(db: Database, { redriver, replayer }: { redriver: Job; replayer: Job }): Operations['rpc'] {
  return {
    listDeadLetters: ({ service, status, limit, cursor }) =>
      listLetters(db, { service, status, limit: limit || 20, before: decodeIdCursor(cursor) }),
    redriveDeadLetters: async ({ actorId, id, service }) => {
      const redriven = id === '' ? await redriveLetters(db, actorId, service) : await redriveLetter(db, actorId, id);
      if (typeof redriven !== 'number') return { result: refusalResult(redriven) };
      redriver.wake();
      return { result: { case: 'redriven', value: { count: redriven } } };
    },
    discardDeadLetter: async ({ actorId, id, reason }) => {
      const letter = await discardLetter(db, actorId, id, reason);
      return { result: isRefusal(letter) ? refusalResult(letter) : { case: 'deadLetter', value: letter } };
    },
    replayEvents: async (request) => {
      const replay = await requestReplay(db, wishOf(request));
      replayer.wake();
      return { result: { case: 'replay', value: replay } };
    },
    getReplay: async ({ id }) => {
      const replay = await findReplay(db, id);
      if (!replay) return { result: refusalResult(refuse('replay-not-found', 'There is no such replay.')) };
      return { result: { case: 'replay', value: replay } };
    },
    listAudit: ({ limit, cursor }) => listAudit(db, limit || 20, decodeIdCursor(cursor)),
  };
}

function wishOf({ actorId, from, to, types }: ReplayEventsRequest) {
  if (!from || !to) throw new Error('a replay needs its times');
  return { actorId, from: timestampDate(from), to: timestampDate(to), types };
}
