import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { timestampDate } from '@bufbuild/protobuf/wkt';
import { actorOf } from '@ticketing/common/actor';
import { answerKeyed } from '@ticketing/common/answer-keyed';
import { createGroupWork } from '@ticketing/common/group-work';
import { isRefusal, type Refusal, refusalResult, refuse } from '@ticketing/common/refusal';
import { createCounter, traceHeaders } from '@ticketing/common/telemetry';
import {
  type CheckInRequest,
  type CheckInResponse,
  CheckInResponseSchema,
  type Scan as ScanMessage,
} from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import type { Context } from '../context.ts';
import { readCode } from '../tickets/ticket-codes.ts';
import { recordScans } from './record-scans.ts';
import { nameOf, type Scan, type ScanOutcome, toOutcome } from './scan.ts';

const scans = createCounter('ticketing_scans_total', 'Scans at gates, by what became of them');

/** What a scan is decided with. */
export type GateContext = Pick<Context, 'db' | 'sidecar' | 'outbox' | 'ticketKeys' | 'gateAccess'>;

/**
 * Lets the holder of a ticket in, once. The same scan again, by its nonce, gets the same answer.
 * Refuses with `performance-not-found` (to who does not work at this gate), `ticket-void`, `ticket-invalid`, `invalid-time` or
 * `idempotency-key-reused`.
 */
export async function checkIn(ctx: GateContext, request: CheckInRequest): Promise<MessageInitShape<typeof CheckInResponseSchema>> {
  const actor = actorOf(request);
  const { performanceId, scan, idempotencyKey: key } = request;
  const refusal = await ctx.gateAccess.refusalOf(actor, performanceId);
  if (refusal) return { outcome: { result: refusalResult(refusal) } };
  const body = { performanceId, ticket: scan?.ticket.value, nonce: scan?.nonce };
  const once = { userId: actor.userId, operation: 'check-in', key, body };
  const answer = await answerKeyed(ctx, once, CheckInResponseSchema, async (record) => {
    const read = await readScan(ctx, scan, { performanceId, actorId: actor.userId });
    const outcome = isRefusal(read) ? read : await recordTogether(ctx.db, read);
    const response: CheckInResponse = create(CheckInResponseSchema, { outcome: toOutcome(outcome) });
    // The nonce has given it one effect already.
    if (!isRefusal(outcome)) await record(ctx.db, response);
    afterScans(ctx, [outcome]);
    return response;
  });
  return isRefusal(answer) ? { outcome: { result: refusalResult(answer) } } : answer;
}

const scansPerTransaction = 64;
const recordTogether = createGroupWork(scansPerTransaction, recordScans);

/** The scan of a message, whose code is good; or why it is not. */
export async function readScan(
  { ticketKeys }: Pick<Context, 'ticketKeys'>,
  message: ScanMessage | undefined,
  { performanceId, actorId }: { performanceId: string; actorId: string },
): Promise<Scan | Refusal> {
  if (!message?.ticket.case || message.nonce === '') throw new Error('the scan names no ticket, or has no nonce');
  const { ticket, nonce, gate, at } = message;
  const coded = ticket.case === 'qr' ? await readCode(ticketKeys, ticket.value) : { ticketId: ticket.value, performanceId };
  if (coded?.performanceId !== performanceId) return refuse('ticket-invalid', 'This is no ticket of this performance.');
  return { performanceId, ticketId: coded.ticketId, nonce, gate, at: at && timestampDate(at), actorId, ...traceOf() };
}

function traceOf(): Pick<Scan, 'traceparent'> {
  return { traceparent: traceHeaders().traceparent };
}

/** Counts scans that are committed, and lets their events go. */
export function afterScans({ outbox }: Pick<Context, 'outbox'>, outcomes: readonly ScanOutcome[]): void {
  for (const outcome of outcomes) scans.add(1, { outcome: nameOf(outcome) });
  if (!outcomes.every(isRefusal)) outbox.wake();
}
