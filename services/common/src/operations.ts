import { create } from '@bufbuild/protobuf';
import { timestampDate } from '@bufbuild/protobuf/wkt';
import {
  type DiscardDeadLetterRequest,
  DiscardDeadLetterResponseSchema,
  type OperationsService,
  type RedriveDeadLettersRequest,
  RedriveDeadLettersResponseSchema,
  type ReplayEventsRequest,
  ReplayEventsResponseSchema,
} from '@ticketing/contracts/gen/ticketing/common/v1/operations_pb';
import { answerKeyed } from './answer-keyed.ts';
import { listAudit } from './audit.ts';
import type { RetentionConfig, ServiceConfig } from './config.ts';
import { decodeIdCursor } from './cursor.ts';
import type { Sidecar } from './dapr.ts';
import type { Database, Queryable } from './database.ts';
import { discardLetter, listLetters, redriveLetter, redriveLetters } from './dead-letters.ts';
import { type Job, startJob, startOwnedJob } from './job.ts';
import type { Logger } from './log.ts';
import { watchOutbox } from './outbox.ts';
import { redriveDue, watchDeadLetters } from './redrive.ts';
import { isRefusal, type Refusal, refusalResult, refuse } from './refusal.ts';
import { findReplay, publishReplays, requestReplay } from './replays.ts';
import { type RetentionRule, removeOld } from './retention.ts';
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
  /** What of the service's own tables goes with time. */
  retention?: readonly RetentionRule[];
}

// A request wakes the job, if it runs in the same instance.
const intervalMs = 2_000;
const retentionIntervalMs = 60_000;
const watchIntervalMs = 5_000;

export function startOperations({ config, db, sidecar, log, keepsLettersOf, retention: rules = [] }: OperationsOptions): Operations {
  const owned = { instance: config.INSTANCE_ID, sidecar, log, ownershipSeconds: 10 };
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
    work: () => removeOld(db, config, rules),
  });
  const watches = [
    startJob({ name: 'dead-letter-watch', intervalMs: watchIntervalMs, log, work: () => watchDeadLetters(db, keepsLettersOf) }),
    startJob({ name: 'outbox-watch', intervalMs: watchIntervalMs, log, work: () => watchOutbox(db) }),
  ];
  const jobs: Job[] = [redriver, replayer, retention, ...watches];
  return {
    rpc: operationsRpc({ db, sidecar }, { redriver, replayer }),
    stop: async () => {
      await Promise.all(jobs.map((job) => job.stop()));
    },
  };
}

function operationsRpc(deps: Deps, { redriver, replayer }: { redriver: Job; replayer: Job }): Operations['rpc'] {
  const { db } = deps;
  return {
    listDeadLetters: ({ service, status, limit, cursor }) =>
      listLetters(db, { service, status, limit: limit || 20, before: decodeIdCursor(cursor) }),
    redriveDeadLetters: async (request) => {
      const answer = await redrive(deps, request);
      redriver.wake();
      return answer;
    },
    discardDeadLetter: (request) => discard(deps, request),
    replayEvents: async (request) => {
      const answer = await replay(deps, request);
      replayer.wake();
      return answer;
    },
    getReplay: async ({ id }) => {
      const replay = await findReplay(db, id);
      if (!replay) return { result: refusalResult(refuse('replay-not-found', 'There is no such replay.')) };
      return { result: { case: 'replay', value: replay } };
    },
    listAudit: ({ limit, cursor }) => listAudit(db, limit || 20, decodeIdCursor(cursor)),
  };
}

type Deps = { db: Database; sidecar: Sidecar };

async function redrive(deps: Deps, { actorId, id, service, idempotencyKey: key }: RedriveDeadLettersRequest) {
  const request = { userId: actorId, operation: 'redrive-dead-letters', key, body: { id, service } };
  const answerOf = (count: number) => create(RedriveDeadLettersResponseSchema, { result: { case: 'redriven', value: { count } } });
  const answer = await answerKeyed(deps, request, RedriveDeadLettersResponseSchema, async (record) => {
    const note = (tx: Queryable, count: number) => record(tx, answerOf(count));
    const redriven = id === '' ? await redriveLetters(deps.db, actorId, service, note) : await redriveLetter(deps.db, actorId, id, note);
    return typeof redriven === 'number'
      ? answerOf(redriven)
      : create(RedriveDeadLettersResponseSchema, { result: refusalResult(redriven) });
  });
  return isRefusal(answer) ? { result: refusalResult(answer) } : answer;
}

async function discard(deps: Deps, { actorId, id, reason, idempotencyKey: key }: DiscardDeadLetterRequest) {
  const request = { userId: actorId, operation: 'discard-dead-letter', key, body: { id, reason } };
  type Letter = Exclude<Awaited<ReturnType<typeof discardLetter>>, Refusal>;
  const answerOf = (value: Letter) => create(DiscardDeadLetterResponseSchema, { result: { case: 'deadLetter', value } });
  const answer = await answerKeyed(deps, request, DiscardDeadLetterResponseSchema, async (record) => {
    const letter = await discardLetter(deps.db, actorId, id, reason, (tx, value) => record(tx, answerOf(value)));
    return isRefusal(letter) ? create(DiscardDeadLetterResponseSchema, { result: refusalResult(letter) }) : answerOf(letter);
  });
  return isRefusal(answer) ? { result: refusalResult(answer) } : answer;
}

async function replay(deps: Deps, { actorId, from, to, types, idempotencyKey: key }: ReplayEventsRequest) {
  if (!from || !to) throw new Error('a replay needs its times');
  const wish = { actorId, from: timestampDate(from), to: timestampDate(to), types };
  const request = { userId: actorId, operation: 'replay-events', key, body: wish };
  const answer = await answerKeyed(deps, request, ReplayEventsResponseSchema, async (record) => {
    const answerOf = (value: Awaited<ReturnType<typeof requestReplay>>) =>
      create(ReplayEventsResponseSchema, { result: { case: 'replay', value } });
    return answerOf(await requestReplay(deps.db, wish, (tx, value) => record(tx, answerOf(value))));
  });
  return isRefusal(answer) ? { result: refusalResult(answer) } : answer;
}
