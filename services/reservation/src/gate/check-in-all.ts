import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { actorOf } from '@ticketing/common/actor';
import { answerKeyed } from '@ticketing/common/answer-keyed';
import type { Database } from '@ticketing/common/database';
import { isRefusal, type Refusal, refusalResult, refuse } from '@ticketing/common/refusal';
import { type CheckInAllRequest, CheckInAllResponseSchema } from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import { afterScans, type GateContext, readScan } from './check-in.ts';
import { earliestFirst, recordScans } from './record-scans.ts';
import { type Scan, type ScanOutcome, toOutcome } from './scan.ts';

/**
 * Takes what a gate has scanned while it was offline, the earliest scan first: of several of one ticket that is the one who was let in, unless a
 * check-in stands already. Each scan has an outcome as `checkIn` has it; one that can't be decided harms no other and is `temporarily-unavailable`.
 * Refuses with `performance-not-found` or `idempotency-key-reused`.
 * @throws when not one of several can be decided
 */
export async function checkInAll(ctx: GateContext, request: CheckInAllRequest): Promise<MessageInitShape<typeof CheckInAllResponseSchema>> {
  const actor = actorOf(request);
  const { performanceId, idempotencyKey: key } = request;
  const refusal = await ctx.gateAccess.refusalOf(actor, performanceId);
  if (refusal) return { result: refusalResult(refusal) };
  const body = { performanceId, scans: request.scans.map(({ ticket, nonce }) => [ticket.value, nonce]) };
  const once = { userId: actor.userId, operation: 'check-in-all', key, body };
  const answer = await answerKeyed(ctx, once, CheckInAllResponseSchema, async (record) => {
    const read: (Scan | Refusal)[] = [];
    for (const scan of request.scans) read.push(await readScan(ctx, scan, { performanceId, actorId: actor.userId }));
    const decided = await decideEach(
      ctx.db,
      read.flatMap((scan) => (isRefusal(scan) ? [] : [scan])),
    );
    const outcomes = read.map((scan) => (isRefusal(scan) ? scan : (decided.get(scan) ?? undecided())));
    const response = create(CheckInAllResponseSchema, { result: { case: 'outcomes', value: { outcomes: outcomes.map(toOutcome) } } });
    // The nonces have given them one effect already. What could not be decided is to be tried again.
    if (read.every((scan) => isRefusal(scan) || decided.has(scan))) await record(ctx.db, response);
    afterScans(ctx, outcomes);
    return response;
  });
  return isRefusal(answer) ? { result: refusalResult(answer) } : answer;
}

const scansPerTransaction = 100;

/** Decides scans in groups, one after another. Where a group fails, each of its scans goes alone. */
async function decideEach(db: Database, scans: readonly Scan[]): Promise<Map<Scan, ScanOutcome>> {
  const decided = new Map<Scan, ScanOutcome>();
  let failure: unknown;
  const decide = async (some: Scan[]): Promise<boolean> => {
    try {
      const outcomes = await recordScans(db, some);
      some.forEach((scan, index) => {
        const outcome = outcomes[index];
        if (outcome) decided.set(scan, outcome);
      });
      return true;
    } catch (error) {
      failure = error;
      return false;
    }
  };
  const ordered = earliestFirst(scans);
  for (let from = 0; from < ordered.length; from += scansPerTransaction) {
    const group = ordered.slice(from, from + scansPerTransaction);
    if (await decide(group)) continue;
    for (const scan of group) await decide([scan]);
    // The database is out, and not one scan at fault.
    if (!group.some((scan) => decided.has(scan))) break;
  }
  if (decided.size === 0 && scans.length > 0) throw failure;
  return decided;
}

function undecided(): Refusal {
  return refuse('temporarily-unavailable', 'Send this scan again.');
}
