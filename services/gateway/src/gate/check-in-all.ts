import { timestampMs } from '@bufbuild/protobuf/wkt';
import type { CheckIn, CheckInOutcome, Conflict } from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import { limits } from '@ticketing/contracts/limits';
import { z } from 'zod';
import { gateStaff, toActor } from '../auth/access.ts';
import { isoTime, oneOf, orNull } from '../http/answers.ts';
import { id, optionalIdempotencyKey, shownId, shownInstant } from '../http/fields.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';
import { gateSeatSchema, scanSchema, shownGate, toGateSeat, toScan } from './scan.ts';

const nonce = z.string();
const refusals = ['ticket-void', 'ticket-invalid', 'invalid-time', 'idempotency-key-reused', 'temporarily-unavailable'] as const;

const outcomeSchema = z
  .discriminatedUnion('result', [
    z.object({
      nonce,
      result: z.literal('checked-in'),
      ticketId: shownId,
      seat: gateSeatSchema,
      checkedInAt: shownInstant,
      gate: shownGate,
    }),
    z.object({
      nonce,
      result: z.literal('already-checked-in'),
      ticketId: shownId,
      seat: gateSeatSchema,
      checkedInAt: shownInstant.meta({ description: 'Of the check-in that stands.' }),
      gate: shownGate,
      first: z
        .object({ at: shownInstant, gate: shownGate })
        .meta({ description: 'Whichever of the check-in that stands and this scan was made first.' }),
    }),
    z.object({ nonce, result: z.enum(refusals).meta({ description: '`temporarily-unavailable`: send this scan again.' }) }),
  ])
  .meta({ id: 'ScanOutcome' });

type Outcome = z.output<typeof outcomeSchema>;

export const checkInAll = defineRoute(
  {
    method: 'post',
    path: '/api/v1/admin/performances/{id}/check-ins/batch',
    operationId: 'checkInAll',
    summary: 'Tell what a gate has scanned while it was offline',
    description:
      'Each scan has an outcome of its own, in the order of the scans. They count in the order of their times; a check-in that stands is not ' +
      'taken back by an earlier scan that comes in later, but both are named.',
    tag: 'Gate',
    access: gateStaff,
    input: {
      params: z.object({ id }),
      body: z.strictObject({ items: z.array(scanSchema).min(1).max(limits.scans) }).meta({ id: 'Scans' }),
      idempotencyKey: optionalIdempotencyKey,
    },
    largestBody: 512 * 1_024,
    responses: { 200: z.object({ items: z.array(outcomeSchema) }).meta({ id: 'ScanOutcomes' }) },
    problems: ['performance-not-found'],
    absent: 'performance-not-found',
  },
  async ({ services }, { params, body, idempotencyKey }, { user }) => {
    const request = { actor: toActor(user), performanceId: params.id, scans: body.items.map(toScan), idempotencyKey };
    const { result } = await services.reservation.checkInAll(request);
    if (result.case !== 'outcomes') return refused(result);
    const { outcomes } = result.value;
    return { status: 200, body: { items: body.items.map((scan, index) => toOutcome(scan.nonce, outcomes[index])) } };
  },
);

function toOutcome(name: string, outcome: CheckInOutcome | undefined): Outcome {
  switch (outcome?.result.case) {
    case 'checkedIn':
      return { nonce: name, result: 'checked-in', ...toCheckIn(outcome.result.value) };
    case 'conflict':
      return { nonce: name, result: 'already-checked-in', ...toConflict(outcome.result.value) };
    case 'refusal':
      return { nonce: name, result: oneOf(refusals, outcome.result.value.code) };
    case undefined:
      throw new Error('the service gave no outcome for a scan');
  }
}

function toCheckIn({ ticketId, seat, checkedInAt, gate }: CheckIn) {
  return { ticketId, seat: toGateSeat(seat), checkedInAt: isoTime(checkedInAt), gate: orNull(gate) };
}

function toConflict({ standing, scannedAt, gate }: Conflict) {
  if (!standing?.checkedInAt || !scannedAt) throw new Error('the service left out what stands');
  const isEarlier = timestampMs(scannedAt) < timestampMs(standing.checkedInAt);
  const first = isEarlier ? { at: isoTime(scannedAt), gate } : { at: isoTime(standing.checkedInAt), gate: standing.gate };
  return { ...toCheckIn(standing), first: { at: first.at, gate: orNull(first.gate) } };
}
