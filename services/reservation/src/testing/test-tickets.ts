import { randomUUID } from 'node:crypto';
import { create } from '@bufbuild/protobuf';
import { idFromBinary, idToBinary, newId } from '@ticketing/common/database';
import {
  ConfirmReservationRequestSchema,
  ReleaseReservationRequestSchema,
} from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import {
  AcceptTransferRequestSchema,
  OfferTransferRequestSchema,
  RevokeTransferRequestSchema,
} from '@ticketing/contracts/gen/ticketing/reservation/v1/tickets_pb';
import type { Context } from '../context.ts';
import type { Performance } from '../performances/performances.ts';
import { confirmReservation } from '../reservations/confirm-reservation.ts';
import { releaseReservation } from '../reservations/release-reservation.ts';
import { acceptTransfer } from '../transfers/accept-transfer.ts';
import { offerTransfer } from '../transfers/offer-transfer.ts';
import { revokeTransfer } from '../transfers/revoke-transfer.ts';
import { askForSeats } from './test-sale.ts';

/** What somebody has bought. */
export interface Bought {
  reservationId: string;
  paymentId: string;
  userId: string;
  ticketIds: string[];
}

/** Sells seats to somebody. */
export async function buy(ctx: Context, performance: Performance, quantity = 1, userId = newId()): Promise<Bought> {
  const held = await askForSeats(ctx, performance, { quantity, userId });
  if (typeof held === 'string') throw new Error(`refused: ${held}`);
  const paymentId = newId();
  return { reservationId: held.id, paymentId, userId, ticketIds: await confirmAgain(ctx, { reservationId: held.id, paymentId, userId }) };
}

/** The tickets that a payment is told it has bought. */
export async function confirmAgain(ctx: Context, request: Omit<Bought, 'ticketIds'>): Promise<string[]> {
  const { result } = await confirmReservation(ctx, create(ConfirmReservationRequestSchema, request));
  if (result?.case !== 'confirmation') throw new Error('it was not sold');
  return (result.value.tickets ?? []).map(({ id = '' }) => id);
}

/** `released`, or the code of the refusal. */
export async function release(ctx: Context, { reservationId, paymentId }: Bought, byOperator = false, db = ctx.db): Promise<string> {
  const { result } = await releaseReservation(
    { ...ctx, db },
    create(ReleaseReservationRequestSchema, { reservationId, paymentId, byOperator }),
  );
  return result?.case === 'release' ? 'released' : (result?.value?.code ?? '');
}

export interface Offered {
  id: string;
  token: string;
}

/** The link, or the code of the refusal. */
export async function offer(ctx: Context, ticketId: string, userId: string, key: string = randomUUID()): Promise<Offered | string> {
  const request = create(OfferTransferRequestSchema, { ticketId, userId, idempotencyKey: key });
  const { result } = await offerTransfer(ctx, request);
  return result?.case === 'offer' ? { id: result.value.id ?? '', token: result.value.token ?? '' } : (result?.value?.code ?? '');
}

/** The link of a ticket. @throws Error when there is none */
export async function linkFor(ctx: Context, ticketId: string, userId: string): Promise<Offered> {
  const offered = await offer(ctx, ticketId, userId);
  if (typeof offered === 'string') throw new Error(`refused: ${offered}`);
  return offered;
}

/** The new ticket's id, or the code of the refusal. */
export async function accept(
  ctx: Context,
  token: string,
  userId: string,
  options: { key?: string; db?: Context['db'] } = {},
): Promise<string> {
  const { key = '', db = ctx.db } = options;
  const { result } = await acceptTransfer({ ...ctx, db }, create(AcceptTransferRequestSchema, { token, userId, idempotencyKey: key }));
  return (result?.case === 'ticket' ? result.value.id : result?.value?.code) ?? '';
}

/** `revoked`, or the code of the refusal. */
export async function revoke(ctx: Context, ticketId: string, userId: string, transferId: string): Promise<string> {
  const { refusal } = await revokeTransfer(ctx, create(RevokeTransferRequestSchema, { ticketId, userId, transferId }));
  return refusal?.code ?? 'revoked';
}

/** Whose the good tickets of a reservation are, and under which ids. */
export async function goodTickets({ db }: Context, reservationId: string): Promise<{ id: string; userId: string }[]> {
  const rows = await db.query<{ id: Buffer; user_id: Buffer }>(
    'SELECT id, user_id FROM tickets WHERE reservation_id = ? AND live_seat_id IS NOT NULL ORDER BY id',
    [idToBinary(reservationId)],
  );
  return rows.map((row) => ({ id: idFromBinary(row.id), userId: idFromBinary(row.user_id) }));
}
