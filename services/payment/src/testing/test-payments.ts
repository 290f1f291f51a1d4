import { randomUUID } from 'node:crypto';
import { create } from '@bufbuild/protobuf';
import { idFromBinary, idToBinary, newId } from '@ticketing/common/database';
import { testEnvironment } from '@ticketing/common/testing/test-stack';
import { withoutGuard } from '@ticketing/common/testing/without-guard';
import {
  ChargePointsRequestSchema,
  GetBalanceRequestSchema,
  PayRequestSchema,
} from '@ticketing/contracts/gen/ticketing/payment/v1/payment_pb';
import {
  AbandonReservationResponseSchema,
  ConfirmReservationResponseSchema,
  GetReservationResponseSchema,
  ReleaseReservationResponseSchema,
  ReleaseTicketsResponseSchema,
} from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import { readConfig } from '../config.ts';
import { type Context, createContext } from '../context.ts';
import { noteHolds } from '../payments/note-holds.ts';
import { pay } from '../payments/pay.ts';
import { leaseSaga, type Saga } from '../sagas/saga-store.ts';
import { chargePoints } from '../wallets/charge-points.ts';
import { getBalance } from '../wallets/get-balance.ts';

/** What the reservation service will say, and how often it was asked. */
export interface ScriptedReservations {
  /** `confirmed`, the code of a refusal, or `silent`: it may have happened, but no reply came. */
  answer: string;
  asked: number;
  /** What the last confirmation was to cost. */
  amount: number | undefined;
  /** What the seats of a reservation cost; one ticket for each. */
  prices: number[];
  /** Confirmations say what seats cost; those of an earlier version do not. */
  tellsPrices: boolean;
  /** The refunds of tickets that were asked for. */
  released: { refundId: string; ticketIds: string[]; amount: number }[];
}

/**
 * The service's own context on the real parts of the test stack, but for the neighbour: the reservation service says
 * what the test wants it to say, which no real one would on command.
 */
export async function createTestContext(): Promise<{ ctx: Context; neighbour: ScriptedReservations }> {
  const real = await createContext(readConfig(testEnvironment('payment')));
  const neighbour: ScriptedReservations = {
    ...{ answer: 'confirmed', asked: 0, amount: undefined },
    ...{ prices: [60_000], tellsPrices: true, released: [] },
  };
  const seats = new Map<string, { id: string; price: bigint }[]>();
  const ask = <T>(confirmed: T): Promise<T | { case: 'refusal'; value: { code: string } }> => {
    neighbour.asked += 1;
    if (neighbour.answer === 'silent') return Promise.reject(new Error('no reply'));
    return Promise.resolve(neighbour.answer === 'confirmed' ? confirmed : { case: 'refusal', value: { code: neighbour.answer } });
  };
  const reservations: Context['reservations'] = {
    ...real.reservations,
    confirmReservation: async ({ reservationId = '', amount }) => {
      neighbour.amount = Number(amount);
      const sold = neighbour.prices.map((price) => ({ id: newId(), price: BigInt(price) }));
      seats.set(reservationId, sold);
      const tickets = sold.map(({ id: seatId, price }) => ({ id: newId(), seatId, ...(neighbour.tellsPrices && { price }) }));
      const result = await ask({ case: 'confirmation' as const, value: { tickets, passId: 'a-pass' } });
      return create(ConfirmReservationResponseSchema, { result });
    },
    releaseReservation: async ({ byOperator }) => {
      const release = { case: 'release' as const, value: {} };
      const result = await ask(release);
      return create(ReleaseReservationResponseSchema, { result: byOperator ? release : result });
    },
    releaseTickets: async ({ refundId = '', ticketIds = [], amount }) => {
      neighbour.released.push({ refundId, ticketIds, amount: Number(amount) });
      return create(ReleaseTicketsResponseSchema, { result: await ask({ case: 'release' as const, value: {} }) });
    },
    getReservation: async ({ reservationId = '' }) => {
      const value = { id: reservationId, seats: seats.get(reservationId) ?? [] };
      return create(GetReservationResponseSchema, { result: await ask({ case: 'reservation' as const, value }) });
    },
    abandonReservation: async () => {
      const tickets = [{ id: newId(), seatId: newId() }];
      const sold = { case: 'confirmation' as const, value: { tickets } };
      const result = await ask(sold);
      return create(AbandonReservationResponseSchema, { result: result.case === 'refusal' ? { case: 'release', value: {} } : result });
    },
  };
  // The stack's own instances recover sagas too, and would ask the real neighbour: keep theirs away from these.
  const db = withoutGuard(real.db, 'INTERVAL ? SECOND', 'INTERVAL ? HOUR');
  return { ctx: { ...real, db, reservations }, neighbour };
}

/** A person with points and a hold that costs `amount`. */
export async function createPayer(ctx: Context, points: number, amount: number): Promise<{ userId: string; reservationId: string }> {
  const [userId, reservationId] = [newId(), newId()];
  if (points > 0)
    await chargePoints(ctx, create(ChargePointsRequestSchema, { userId, idempotencyKey: randomUUID(), amount: BigInt(points) }));
  const hold = {
    reservationId,
    userId,
    concertId: newId(),
    performanceId: newId(),
    seatIds: [newId()],
    amount,
    expiresAt: new Date().toISOString(),
  };
  await noteHolds(ctx.db, [hold]);
  return { userId, reservationId };
}

/** Pays as the gateway would: the payment's status and id, or the code of the refusal. */
export async function payFor(
  ctx: Context,
  payer: { userId: string; reservationId: string },
  idempotencyKey: string = randomUUID(),
): Promise<{ id: string; status: number } | string> {
  const { userId, reservationId } = payer;
  const { result } = await pay(ctx, create(PayRequestSchema, { userId, reservationId, idempotencyKey }));
  if (result?.case === 'payment') return { id: result.value.id ?? '', status: result.value.status ?? 0 };
  if (result?.case === 'refusal') return result.value.code ?? '';
  throw new Error('an empty answer');
}

export async function balanceOf(ctx: Context, userId: string): Promise<{ balance: number; reserved: number }> {
  const { balance, reserved } = await getBalance(ctx, create(GetBalanceRequestSchema, { userId }));
  return { balance: Number(balance), reserved: Number(reserved) };
}

/** How many ledger entries a person has, by kind, and their sum over all accounts. */
export async function ledgerOf(ctx: Context, userId: string): Promise<{ entries: number; sum: number }> {
  const [row] = await ctx.db.query<{ entries: number; sum: string | null }>(
    'SELECT COUNT(*) AS entries, SUM(amount) AS sum FROM ledger_entries WHERE user_id = ?',
    [idToBinary(userId)],
  );
  return { entries: row?.entries ?? 0, sum: Number(row?.sum ?? 0) };
}

/** Takes the lease of the saga of a payment or refund, due or not. */
export async function takeSaga(ctx: Context, subjectId: string, owner = 'test'): Promise<Saga> {
  const id = await sagaIdOf(ctx, subjectId);
  const saga = await ctx.db.transaction((tx) => leaseSaga(tx, owner, id));
  if (!saga) throw new Error('the saga is in other hands');
  return saga;
}

export async function sagaIdOf(ctx: Context, subjectId: string): Promise<string> {
  const [row] = await ctx.db.query<{ id: Buffer }>('SELECT id FROM sagas WHERE subject_id = ?', [idToBinary(subjectId)]);
  if (!row) throw new Error('there is no saga');
  return idFromBinary(row.id);
}

/** Lets a saga's lease run out, as if its owner had died or slept; it does not become due for others. */
export async function loseLease(ctx: Context, subjectId: string): Promise<void> {
  await ctx.db.execute('UPDATE sagas SET lease_until = UTC_TIMESTAMP(3) - INTERVAL 1 MINUTE WHERE subject_id = ?', [idToBinary(subjectId)]);
}

/** Lets a saga's lease and pause run out now. */
export async function makeDue(ctx: Context, subjectId: string): Promise<void> {
  await ctx.db.execute('UPDATE sagas SET next_attempt_at = UTC_TIMESTAMP(3) - INTERVAL 1 MINUTE, lease_until = NULL WHERE subject_id = ?', [
    idToBinary(subjectId),
  ]);
}
