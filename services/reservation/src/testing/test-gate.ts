import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { idFromBinary, idToBinary, newId } from '@ticketing/common/database';
import { type Actor, ActorSchema } from '@ticketing/contracts/gen/ticketing/common/v1/actor_pb';
import {
  CheckInAllRequestSchema,
  type CheckInOutcomeSchema,
  CheckInRequestSchema,
  ConfirmReservationRequestSchema,
  ReleaseReservationRequestSchema,
  type ScanSchema,
  UndoCheckInRequestSchema,
} from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import type { Context } from '../context.ts';
import { checkIn } from '../gate/check-in.ts';
import { checkInAll } from '../gate/check-in-all.ts';
import { undoCheckIn } from '../gate/undo-check-in.ts';
import type { Performance } from '../performances/performances.ts';
import { confirmReservation } from '../reservations/confirm-reservation.ts';
import { releaseReservation } from '../reservations/release-reservation.ts';
import { askForSeats, createTestContext } from './test-sale.ts';

/** Works at every gate of these tests. */
export const steward: Actor = create(ActorSchema, { userId: newId() });

/** The service's own context, in which the steward works at every gate: its performances are unknown to the concert service. */
export async function createGateTestContext(): Promise<Context> {
  return { ...(await createTestContext()), gateAccess: { refusalOf: () => Promise.resolve(undefined) } };
}

/** A reservation that was paid for. */
export interface TestOrder {
  reservationId: string;
  paymentId: string;
  userId: string;
  ticketIds: string[];
}

/** Sells the best seats that are free, as the gateway and payment would. */
export async function sellSeats(ctx: Context, performance: Performance, quantity = 1): Promise<TestOrder> {
  const held = await askForSeats(ctx, performance, { quantity });
  if (typeof held === 'string') throw new Error(`refused: ${held}`);
  const order = { reservationId: held.id, userId: held.userId, paymentId: newId() };
  const { result } = await confirmReservation(ctx, create(ConfirmReservationRequestSchema, order));
  if (result?.case !== 'confirmation') throw new Error('it was not sold');
  return { ...order, ticketIds: (result.value.tickets ?? []).map(({ id }) => id ?? '') };
}

/** Asks for the seats back as payment would. @returns `released`, or the code of the refusal */
export async function giveBack(ctx: Context, { reservationId, paymentId }: TestOrder, byOperator = false): Promise<string> {
  const request = create(ReleaseReservationRequestSchema, { reservationId, paymentId, byOperator });
  const { result } = await releaseReservation(ctx, request);
  return result?.case === 'release' ? 'released' : (result?.value?.code ?? '');
}

/** A scan in short. */
export interface TestScan {
  ticketId?: string;
  qr?: string;
  nonce?: string;
  gate?: string;
  at?: Date;
}

function toScan({ ticketId = '', qr, nonce = newId(), gate = '', at }: TestScan): MessageInitShape<typeof ScanSchema> {
  const seconds = at && { seconds: BigInt(Math.floor(at.getTime() / 1_000)), nanos: (at.getTime() % 1_000) * 1_000_000 };
  return {
    ticket: qr === undefined ? { case: 'ticketId', value: ticketId } : { case: 'qr', value: qr },
    ...{ nonce, gate, ...(seconds && { at: seconds }) },
  };
}

/** `in`, what a check-in that stands says of itself, or the code of the refusal. */
function summaryOf(outcome: MessageInitShape<typeof CheckInOutcomeSchema> | undefined): string {
  switch (outcome?.result?.case) {
    case 'checkedIn':
      return 'in';
    case 'conflict':
      return `in before by ${outcome.result.value.standing?.gate}`;
    case 'refusal':
      return outcome.result.value.code ?? '';
    case undefined:
      throw new Error('the scan has no outcome');
  }
}

export async function scanOnce(ctx: Context, performanceId: string, scan: TestScan, idempotencyKey = '') {
  const request = create(CheckInRequestSchema, { actor: steward, performanceId, scan: toScan(scan), idempotencyKey });
  return (await checkIn(ctx, request)).outcome;
}

/** Scans a ticket at a gate. @returns its outcome in short */
export async function scanAt(ctx: Context, { id }: { id: string }, scan: TestScan, idempotencyKey = ''): Promise<string> {
  return summaryOf(await scanOnce(ctx, id, scan, idempotencyKey));
}

/** Tells of scans of a gate that was offline. @returns their outcomes in short */
export async function uploadScans(ctx: Context, { id }: { id: string }, scans: TestScan[], idempotencyKey = ''): Promise<string[]> {
  const request = create(CheckInAllRequestSchema, { actor: steward, performanceId: id, scans: scans.map(toScan), idempotencyKey });
  const { result } = await checkInAll(ctx, request);
  if (result?.case !== 'outcomes') return [result?.value?.code ?? ''];
  return (result.value.outcomes ?? []).map(summaryOf);
}

/** The code of the refusal, if the check-in can't be taken back. */
export async function undo(ctx: Context, { id }: { id: string }, ticketId: string): Promise<string | undefined> {
  const request = create(UndoCheckInRequestSchema, { actor: steward, performanceId: id, ticketId });
  return (await undoCheckIn(ctx, request)).refusal?.code;
}

/** The tickets of a performance with a check-in that stands, and how often each has one. */
export async function standingOf({ db }: Context, { id }: { id: string }): Promise<Map<string, number>> {
  const rows = await db.query<{ ticket_id: Buffer; n: number }>(
    `SELECT ticket_id, COUNT(*) AS n FROM check_ins
      WHERE performance_id = ? AND outcome = 'CHECKED_IN' AND undone_at IS NULL GROUP BY ticket_id`,
    [idToBinary(id)],
  );
  return new Map(rows.map((row) => [idFromBinary(row.ticket_id), row.n]));
}
