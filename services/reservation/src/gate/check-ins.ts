import { idFromBinary, idToBinary, type Queryable } from '@ticketing/common/database';
import { refuse } from '@ticketing/common/refusal';
import type { GateTicket } from './gate-tickets.ts';
import type { CheckIn, Scan, ScanOutcome } from './scan.ts';

/** A scan as it is kept. */
export interface KeptScan {
  id: string;
  ticketId: string;
  outcome: 'CHECKED_IN' | 'LATE' | 'VOID';
  scannedAt: Date;
  gate: string;
  /** The check-in that a late one was too late for. */
  lostTo: { id: string; checkedInAt: Date; gate: string } | undefined;
}

interface Row {
  id: Buffer;
  performance_id: Buffer;
  nonce: string;
  ticket_id: Buffer;
  outcome: KeptScan['outcome'];
  scanned_at: Date;
  gate: string;
  lost_to: Buffer | null;
  other_scanned_at: Date | null;
  other_gate: string | null;
}

async function findScans(tx: Queryable, where: string, values: Buffer[][] | (Buffer | string[])[]): Promise<Row[]> {
  return tx.query<Row>(
    `SELECT c.id, c.performance_id, c.nonce, c.ticket_id, c.outcome, c.scanned_at, c.gate, c.lost_to,
            other.scanned_at AS other_scanned_at, other.gate AS other_gate
       FROM check_ins c LEFT JOIN check_ins other ON other.id = c.lost_to
      WHERE ${where}`,
    values,
  );
}

/** The same for the same scan of the same gate. */
export function nonceKey({ performanceId, nonce }: Pick<Scan, 'performanceId' | 'nonce'>): string {
  return `${performanceId} ${nonce}`;
}

/** What has become of scans before, by `nonceKey`. */
export async function findByNonce(tx: Queryable, scans: readonly Scan[]): Promise<Map<string, KeptScan>> {
  const nonces = new Map<string, string[]>();
  for (const { performanceId, nonce } of scans) nonces.set(performanceId, [...(nonces.get(performanceId) ?? []), nonce]);
  const where = [...nonces].map(() => '(c.performance_id = ? AND c.nonce IN (?))').join(' OR ');
  const rows = await findScans(
    tx,
    where,
    [...nonces].flatMap(([performanceId, some]) => [idToBinary(performanceId), some]),
  );
  return new Map(rows.map((row) => [nonceKey({ performanceId: idFromBinary(row.performance_id), nonce: row.nonce }), toKeptScan(row)]));
}

/** Check-ins that stand, by ticket id. */
export async function findStanding(tx: Queryable, tickets: ReadonlyMap<string, GateTicket>): Promise<Map<string, CheckIn>> {
  if (tickets.size === 0) return new Map();
  const rows = await findScans(tx, 'c.live_ticket_id IN (?)', [[...tickets.keys()].map(idToBinary)]);
  const standing = new Map<string, CheckIn>();
  for (const kept of rows.map(toKeptScan)) {
    const ticket = tickets.get(kept.ticketId);
    if (ticket) standing.set(ticket.id, toCheckIn(kept, ticket));
  }
  return standing;
}

function toKeptScan(row: Row): KeptScan {
  const { lost_to: lostTo, other_scanned_at: checkedInAt, other_gate: gate } = row;
  return {
    id: idFromBinary(row.id),
    ticketId: idFromBinary(row.ticket_id),
    outcome: row.outcome,
    scannedAt: row.scanned_at,
    gate: row.gate,
    lostTo: lostTo && checkedInAt ? { id: idFromBinary(lostTo), checkedInAt, gate: gate ?? '' } : undefined,
  };
}

function toCheckIn({ id, scannedAt, gate }: Pick<KeptScan, 'id' | 'scannedAt' | 'gate'>, ticket: GateTicket): CheckIn {
  return { kind: 'check-in', id, ticket, checkedInAt: scannedAt, gate };
}

/** What a scan was answered. */
export function outcomeOf(kept: KeptScan, ticket: GateTicket): ScanOutcome {
  if (kept.outcome === 'CHECKED_IN') return toCheckIn(kept, ticket);
  if (kept.outcome === 'VOID') return refuse('ticket-void', 'The ticket was given back or passed on.');
  if (!kept.lostTo) throw new Error(`the late scan ${kept.id} names no check-in`);
  const { id, checkedInAt, gate } = kept.lostTo;
  const standing: CheckIn = { kind: 'check-in', id, ticket, checkedInAt, gate };
  return { kind: 'conflict', standing, scannedAt: kept.scannedAt, gate: kept.gate };
}

/** A scan that was just decided on. */
export interface DecidedScan {
  scan: Scan;
  ticket: GateTicket;
  kept: KeptScan;
}

/** Keeps scans with their outcomes. The unique keys decide: a ticket has one check-in that stands, and a nonce one outcome. */
export async function keepScans(tx: Queryable, decided: readonly DecidedScan[]): Promise<void> {
  if (decided.length === 0) return;
  await tx.execute(
    `INSERT INTO check_ins (id, performance_id, nonce, ticket_id, live_ticket_id, outcome, lost_to, gate, actor_id, scanned_at) VALUES ?`,
    [
      decided.map(({ scan, kept }) => [
        ...[idToBinary(kept.id), idToBinary(scan.performanceId), scan.nonce, idToBinary(kept.ticketId)],
        kept.outcome === 'CHECKED_IN' ? idToBinary(kept.ticketId) : null,
        ...[kept.outcome, kept.lostTo ? idToBinary(kept.lostTo.id) : null, kept.gate, idToBinary(scan.actorId), kept.scannedAt],
      ]),
    ],
  );
}
