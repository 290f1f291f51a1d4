import { recordAudits } from '@ticketing/common/audit';
import { type Database, idFromBinary, idToBinary, isDuplicateKey, newId, type Queryable } from '@ticketing/common/database';
import { addEvents } from '@ticketing/common/outbox';
import { type Refusal, refuse } from '@ticketing/common/refusal';
import { type GateTimes, scanTime } from './admission.ts';
import { type DecidedScan, findByNonce, findStanding, type KeptScan, keepScans, nonceKey, outcomeOf } from './check-ins.ts';
import { type GateTicket, lockTickets } from './gate-tickets.ts';
import type { CheckIn, Scan, ScanOutcome } from './scan.ts';

const tries = 3;

/**
 * Decides scans, the earliest first, and keeps what has become of each: who was the first is let in. All in one transaction, wholly or not at
 * all. What names no ticket of its performance is `ticket-invalid`, and is not kept; nor is `idempotency-key-reused`, for a nonce of another
 * ticket, or `invalid-time`.
 */
export async function recordScans(db: Database, scans: Scan[]): Promise<ScanOutcome[]> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await db.transaction((tx) => decideAll(tx, scans));
    } catch (error) {
      // Somebody else has kept the same just now; now it can be seen.
      if (!isDuplicateKey(error) || attempt === tries) throw error;
    }
  }
}

/** What is known of all scans before any of them is decided, and what is decided since. */
interface Gate {
  times: ReadonlyMap<string, GateTimes>;
  tickets: ReadonlyMap<string, GateTicket>;
  byNonce: Map<string, KeptScan>;
  standing: Map<string, CheckIn>;
}

async function decideAll(tx: Queryable, scans: Scan[]): Promise<ScanOutcome[]> {
  const times = await readTimes(tx, scans);
  const tickets = await lockTickets(
    tx,
    scans.map(({ ticketId }) => ticketId),
  );
  const gate: Gate = { times, tickets, byNonce: await findByNonce(tx, scans), standing: await findStanding(tx, tickets) };
  const outcomes = new Map<Scan, ScanOutcome>();
  const decided: DecidedScan[] = [];
  for (const scan of earliestFirst(scans)) {
    const result = decide(gate, scan);
    if ('kept' in result) decided.push(result);
    outcomes.set(scan, 'kept' in result ? outcomeOf(result.kept, result.ticket) : result);
  }
  await keepScans(tx, decided);
  await tellOthers(
    tx,
    decided.filter(({ kept }) => kept.outcome === 'CHECKED_IN'),
  );
  return scans.map((scan) => outcomes.get(scan) ?? invalid());
}

async function readTimes(tx: Queryable, scans: readonly Scan[]): Promise<Map<string, GateTimes>> {
  const ids = [...new Set(scans.map(({ performanceId }) => performanceId))].map(idToBinary);
  const rows = await tx.query<{ id: Buffer; starts_at: Date; now: Date }>(
    'SELECT id, starts_at, UTC_TIMESTAMP(3) AS now FROM performances WHERE id IN (?)',
    [ids],
  );
  return new Map(rows.map(({ id, starts_at: startsAt, now }) => [idFromBinary(id), { startsAt, now }]));
}

/** Scans of which no time is told are made now: they come last, in their order. */
export function earliestFirst<T extends { at: Date | undefined }>(scans: readonly T[]): T[] {
  return scans.toSorted((a, b) => (a.at?.getTime() ?? Infinity) - (b.at?.getTime() ?? Infinity) || 0);
}

function invalid(): Refusal {
  return refuse('ticket-invalid', 'This is no ticket of this performance.');
}

const voided = { outcome: 'VOID', lostTo: undefined } as const;
const admitted = { outcome: 'CHECKED_IN', lostTo: undefined } as const;

function decide({ times, tickets, byNonce, standing }: Gate, scan: Scan): DecidedScan | ScanOutcome {
  const ticket = tickets.get(scan.ticketId);
  const time = times.get(scan.performanceId);
  if (!time || ticket?.performanceId !== scan.performanceId) return invalid();
  const before = byNonce.get(nonceKey(scan));
  if (before) {
    return before.ticketId === ticket.id
      ? outcomeOf(before, ticket)
      : refuse('idempotency-key-reused', 'This nonce was used for another ticket.');
  }
  const scannedAt = scanTime(time, scan.at);
  if (!scannedAt) return refuse('invalid-time', 'A scan is made on the day of the performance, and not in the future.');
  const first = standing.get(ticket.id);
  const kept: KeptScan = {
    ...{ id: newId(), ticketId: ticket.id, scannedAt, gate: scan.gate },
    ...(ticket.isVoid ? voided : first ? { outcome: 'LATE', lostTo: first } : admitted),
  };
  byNonce.set(nonceKey(scan), kept);
  if (kept.outcome === 'CHECKED_IN')
    standing.set(ticket.id, { kind: 'check-in', id: kept.id, ticket, checkedInAt: scannedAt, gate: scan.gate });
  return { scan, ticket, kept };
}

async function tellOthers(tx: Queryable, checkIns: readonly DecidedScan[]): Promise<void> {
  if (checkIns.length === 0) return;
  await addEvents(
    tx,
    'ticket.checked-in',
    checkIns.map(({ scan: { traceparent }, ticket, kept }) => ({
      aggregateId: ticket.reservationId,
      data: { ...checkInData(kept.id, ticket), checkedInAt: kept.scannedAt.toISOString(), gate: kept.gate },
      traceparent,
    })),
  );
  await recordAudits(
    tx,
    checkIns.map(({ scan, ticket, kept }) => ({
      ...{ actorId: scan.actorId, action: 'ticket.check-in', subject: ticket.id },
      ...{ before: null, after: { checkedInAt: kept.scannedAt.toISOString(), gate: kept.gate } },
    })),
  );
}

/** The part that all events of a check-in have. */
export function checkInData(checkInId: string, { id, reservationId, performanceId, concertId, userId, seat }: GateTicket) {
  return { checkInId, ticketId: id, reservationId, performanceId, concertId, userId, seatId: seat.id };
}
