import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { isRefusal, type Refusal, refusalResult } from '@ticketing/common/refusal';
import type { CheckInOutcomeSchema, CheckInSchema } from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import type { GateTicket } from './gate-tickets.ts';

/** What a gate has seen of a ticket. */
export interface Scan {
  performanceId: string;
  ticketId: string;
  /** Names the scan: the same again gets the same answer. */
  nonce: string;
  gate: string;
  /** When it was seen, where the gate was offline; now where it is undefined. */
  at: Date | undefined;
  actorId: string;
  traceparent: string | undefined;
}

/** That somebody was let in with a ticket. */
export interface CheckIn {
  kind: 'check-in';
  id: string;
  ticket: GateTicket;
  checkedInAt: Date;
  gate: string;
}

/** That a ticket had been checked in before. */
export interface Conflict {
  kind: 'conflict';
  standing: CheckIn;
  scannedAt: Date;
  gate: string;
}

export type ScanOutcome = CheckIn | Conflict | Refusal;

/** One word for it, for those who count. */
export function nameOf(outcome: ScanOutcome): string {
  if (isRefusal(outcome)) return outcome.code;
  return outcome.kind === 'check-in' ? 'checked-in' : 'already-checked-in';
}

export function toOutcome(outcome: ScanOutcome): MessageInitShape<typeof CheckInOutcomeSchema> {
  if (isRefusal(outcome)) return { result: refusalResult(outcome) };
  if (outcome.kind === 'check-in') return { result: { case: 'checkedIn', value: toCheckIn(outcome) } };
  const { standing, scannedAt, gate } = outcome;
  return { result: { case: 'conflict', value: { standing: toCheckIn(standing), scannedAt: timestampFromDate(scannedAt), gate } } };
}

function toCheckIn({ ticket, checkedInAt, gate }: CheckIn): MessageInitShape<typeof CheckInSchema> {
  const { id, userId, seat } = ticket;
  return {
    ...{ ticketId: id, userId, seat: { ...seat, price: BigInt(seat.price) } },
    ...{ checkedInAt: timestampFromDate(checkedInAt), gate },
  };
}
