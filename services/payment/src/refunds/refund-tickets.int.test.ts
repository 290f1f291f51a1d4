import { createHash, randomUUID } from 'node:crypto';
import { create } from '@bufbuild/protobuf';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { idToBinary, newId } from '@ticketing/common/database';
import {
  CancelTicketsRequestSchema,
  GetPaymentRequestSchema,
  PaymentStatus,
  RefundPaymentRequestSchema,
  RefundTicketsRequestSchema,
} from '@ticketing/contracts/gen/ticketing/payment/v1/payment_pb';
import type { Context } from '../context.ts';
import { getPayment } from '../payments/get-payment.ts';
import { runSaga } from '../sagas/run-saga.ts';
import {
  balanceOf,
  createPayer,
  createTestContext,
  ledgerOf,
  payFor,
  type ScriptedReservations,
  takeSaga,
} from '../testing/test-payments.ts';
import { cancelTickets } from './cancel-payment.ts';
import { refundPayment, refundTickets } from './refund-payment.ts';

let ctx: Context;
let neighbour: ScriptedReservations;
beforeAll(async () => {
  ({ ctx, neighbour } = await createTestContext());
});
beforeEach(() => {
  Object.assign(neighbour, { answer: 'confirmed', asked: 0, prices: [50_000, 30_000], tellsPrices: true, released: [] });
});
afterAll(() => ctx.stop());

interface Bought {
  id: string;
  userId: string;
  tickets: string[];
}

const points = 200_000;

async function buy(charged = points): Promise<Bought> {
  const amount = neighbour.prices.reduce((sum, price) => sum + price, 0);
  const payer = await createPayer(ctx, charged, amount);
  const paid = await payFor(ctx, payer);
  if (typeof paid === 'string') throw new Error(`refused: ${paid}`);
  const { tickets } = await look({ ...paid, userId: payer.userId, tickets: [] });
  return { id: paid.id, userId: payer.userId, tickets };
}

async function look({ id: paymentId, userId }: Bought) {
  const { result } = await getPayment(ctx, create(GetPaymentRequestSchema, { userId, paymentId }));
  if (result?.case !== 'payment') throw new Error('there is no payment');
  const { status, refundedAmount, tickets = [] } = result.value;
  return { status, refunded: Number(refundedAmount), tickets: tickets.map((ticket) => ticket.id ?? '') };
}

/** The refund, or the code of the refusal. */
async function refund({ id: paymentId, userId }: Bought, ticketIds: string[], idempotencyKey: string = randomUUID()) {
  const { result } =
    ticketIds.length > 0
      ? await refundTickets(ctx, create(RefundTicketsRequestSchema, { userId, paymentId, idempotencyKey, ticketIds }))
      : await refundPayment(ctx, create(RefundPaymentRequestSchema, { userId, paymentId, idempotencyKey }));
  if (result?.case !== 'refund') return result?.value?.code ?? '';
  const { id = '', status, amount } = result.value;
  return { id, status, amount: Number(amount) };
}

function eventsOf({ id }: Bought) {
  return ctx.db.query<{ type: string; amount: number; refund: string }>(
    `SELECT type, JSON_VALUE(data, '$.amount') + 0 AS amount, JSON_VALUE(data, '$.refundId') AS refund
       FROM outbox_events WHERE aggregate_id = ? AND type LIKE '%refunded' ORDER BY seq`,
    [id],
  );
}

/** How many live refunds have the payment's key, by which a version that knows no tickets sees that there is one. */
async function keysOf({ id }: Bought): Promise<number> {
  const rows = await ctx.db.query('SELECT 1 FROM refunds WHERE live_payment_id = ?', [idToBinary(id)]);
  return rows.length;
}

describe('a refund of some tickets', () => {
  it('gives back what they cost; the others stay good, and the rest ends the payment', async () => {
    const bought = await buy();
    const [one, two] = bought.tickets;
    const first = await refund(bought, [two!]);
    expect(first).toMatchObject({ status: 'COMPLETED', amount: 30_000 });
    expect(await look(bought)).toEqual({ status: PaymentStatus.COMPLETED, refunded: 30_000, tickets: [one] });
    expect(await balanceOf(ctx, bought.userId)).toEqual({ balance: points - 50_000, reserved: 0 });

    const rest = await refund(bought, []);
    expect(rest).toMatchObject({ status: 'COMPLETED', amount: 50_000 });
    expect(await look(bought)).toEqual({ status: PaymentStatus.REFUNDED, refunded: 80_000, tickets: [] });
    expect(await balanceOf(ctx, bought.userId)).toEqual({ balance: points, reserved: 0 });
    expect(await ledgerOf(ctx, bought.userId)).toEqual({ entries: 8, sum: 0 });
    expect(await eventsOf(bought)).toEqual([
      { type: 'payment.partly-refunded', amount: 30_000, refund: typeof first === 'object' && first.id },
      { type: 'payment.refunded', amount: 50_000, refund: typeof rest === 'object' && rest.id },
    ]);
    expect([await refund(bought, []), await refund(bought, [one!])]).toEqual(['already-refunded', 'already-refunded']);
  });

  it('is one of the payment where all tickets are named, as an earlier version does it', async () => {
    const bought = await buy();
    expect(await refund(bought, bought.tickets)).toMatchObject({ status: 'COMPLETED', amount: 80_000 });
    expect(neighbour.released).toEqual([]);
    expect(await look(bought)).toEqual({ status: PaymentStatus.REFUNDED, refunded: 80_000, tickets: [] });
  });

  it('is refused for a ticket of another payment, as for one that there is not, and for other people', async () => {
    const [bought, other] = [await buy(), await buy()];
    expect(await refund(bought, [bought.tickets[0]!, other.tickets[0]!])).toBe('ticket-not-found');
    expect(await refund(bought, [newId()])).toBe('ticket-not-found');
    expect(await refund({ ...bought, userId: other.userId }, [bought.tickets[0]!])).toBe('payment-not-found');
    await refund(bought, []);
    expect(await refund(bought, [other.tickets[0]!])).toBe('ticket-not-found');
    expect(await balanceOf(ctx, other.userId)).toEqual({ balance: points - 80_000, reserved: 0 });
  });

  it('is refused while one of them is under way, and asks for the same until it knows', async () => {
    const bought = await buy();
    const [one, two] = bought.tickets;
    neighbour.answer = 'silent';
    const pending = await refund(bought, [one!]);
    expect(pending).toMatchObject({ status: 'PENDING', amount: 50_000 });
    expect(await look(bought)).toEqual({ status: PaymentStatus.COMPLETED, refunded: 0, tickets: [two] });
    expect(await refund(bought, [one!, two!])).toBe('already-refunded');
    neighbour.answer = 'confirmed';
    expect(await refund(bought, [])).toMatchObject({ status: 'COMPLETED', amount: 30_000 });
    const refundId = typeof pending === 'object' ? pending.id : '';
    await runSaga(ctx, await takeSaga(ctx, refundId));
    const [first, , again] = neighbour.released;
    expect([first?.refundId, again]).toEqual([refundId, first]);
    expect(await look(bought)).toEqual({ status: PaymentStatus.REFUNDED, refunded: 80_000, tickets: [] });
    expect(await balanceOf(ctx, bought.userId)).toEqual({ balance: points, reserved: 0 });
    expect((await eventsOf(bought)).map(({ type }) => type)).toEqual(['payment.partly-refunded', 'payment.refunded']);
  });

  it('that was refused leaves its tickets good, and the payment’s key to another one', async () => {
    const bought = await buy();
    const [one, two] = bought.tickets;
    neighbour.answer = 'silent';
    const first = await refund(bought, [one!]);
    neighbour.answer = 'confirmed';
    expect(await refund(bought, [two!])).toMatchObject({ amount: 30_000 });
    neighbour.answer = 'refund-not-allowed';
    await runSaga(ctx, await takeSaga(ctx, typeof first === 'object' ? first.id : ''));
    expect(await look(bought)).toEqual({ status: PaymentStatus.COMPLETED, refunded: 30_000, tickets: [one] });
    expect(await keysOf(bought)).toBe(1);
    neighbour.answer = 'confirmed';
    expect(await refund(bought, [one!])).toMatchObject({ status: 'COMPLETED', amount: 50_000 });
    expect(await look(bought)).toMatchObject({ status: PaymentStatus.REFUNDED, refunded: 80_000 });
    expect(await keysOf(bought)).toBe(1);
  });

  it('is for operators also, whosever it is, and written down with its tickets', async () => {
    const bought = await buy();
    const [one] = bought.tickets;
    const request = { actorId: newId(), paymentId: bought.id, reason: 'a broken chair', ticketIds: [one!] };
    const { result } = await cancelTickets(ctx, create(CancelTicketsRequestSchema, request));
    expect(result).toMatchObject({ case: 'refund', value: { status: 'COMPLETED', amount: 50_000n, ticketIds: [one] } });
    const [entry] = await ctx.db.query<{ detail: string }>('SELECT CAST(detail AS CHAR) AS detail FROM audit_entries WHERE subject = ?', [
      bought.id,
    ]);
    expect(JSON.parse(entry?.detail ?? '{}')).toMatchObject({ after: { ticketIds: [one] }, reason: 'a broken chair' });
  });
});

describe('a payment that an earlier version has written', () => {
  it('learns what its tickets cost before anything moves', async () => {
    neighbour.tellsPrices = false;
    const bought = await buy();
    expect(await refund(bought, [bought.tickets[1]!])).toMatchObject({ status: 'COMPLETED', amount: 30_000 });
    expect(neighbour.released).toEqual([expect.objectContaining({ amount: 30_000 })]);
    expect(await refund(bought, [])).toMatchObject({ status: 'COMPLETED', amount: 50_000 });
    expect(await balanceOf(ctx, bought.userId)).toEqual({ balance: points, reserved: 0 });
  });

  it('begins no refund of some tickets while nobody says what they cost, and one of all of them all the same', async () => {
    neighbour.tellsPrices = false;
    const bought = await buy();
    neighbour.answer = 'silent';
    await expect(refund(bought, [bought.tickets[0]!])).rejects.toThrow('no reply');
    expect(await keysOf(bought)).toBe(0);
    expect(await refund(bought, [])).toMatchObject({ status: 'PENDING', amount: 80_000 });
  });
});

describe('an instance of an earlier version', () => {
  const insertWhole = (id: string, paymentId: string) =>
    ctx.db.execute(
      "INSERT INTO refunds (id, payment_id, live_payment_id, amount, status, by_operator) VALUES (?, ?, ?, 80000, 'PENDING', 0)",
      [...[idToBinary(id), idToBinary(paymentId), idToBinary(paymentId)]],
    );

  it('gives no payment back of which some tickets were given back, or are on their way', async () => {
    const bought = await buy();
    await refund(bought, [bought.tickets[0]!]);
    await expect(insertWhole(newId(), bought.id)).rejects.toThrow('refunds_live_payment');
  });

  it('that gives all of a payment back is met by no refund of some of it', async () => {
    const bought = await buy();
    await insertWhole(newId(), bought.id);
    expect([await refund(bought, [bought.tickets[0]!]), await refund(bought, [])]).toEqual(['already-refunded', 'already-refunded']);
  });

  it('does not take up the saga of some tickets: its kind is another one', async () => {
    const bought = await buy();
    const some = await refund(bought, [bought.tickets[0]!]);
    const kinds = await ctx.db.query<{ kind: string }>('SELECT kind FROM sagas WHERE subject_id = ?', [
      idToBinary(typeof some === 'object' ? some.id : ''),
    ]);
    expect(kinds).toEqual([{ kind: 'part-refund' }]);
  });
});

describe('an Idempotency-Key', () => {
  it('covers the tickets, in whatever order', async () => {
    neighbour.prices = [50_000, 30_000, 20_000];
    const bought = await buy();
    const [one, two, three] = bought.tickets;
    const key = randomUUID();
    const first = await refund(bought, [one!, two!], key);
    expect(first).toMatchObject({ status: 'COMPLETED', amount: 80_000 });
    expect(await refund(bought, [two!, one!], key)).toEqual(first);
    expect([await refund(bought, [three!], key), await refund(bought, [], key)]).toEqual(Array(2).fill('idempotency-key-reused'));
    expect(await look(bought)).toMatchObject({ refunded: 80_000, tickets: [three] });
  });

  it('of a refund without tickets is compared as an earlier version did', async () => {
    const bought = await buy();
    const key = randomUUID();
    await refund(bought, [], key);
    const sha256 = (value: unknown) => createHash('sha256').update(JSON.stringify(value)).digest();
    const rows = await ctx.db.query<{ fingerprint: Buffer }>('SELECT fingerprint FROM idempotency_keys WHERE id = ?', [
      sha256([bought.userId, 'refund-payment', key]),
    ]);
    expect(rows).toEqual([{ fingerprint: sha256({ paymentId: bought.id }) }]);
  });
});

describe('what costs nothing', () => {
  it('is paid for and given back without a wallet and without an entry', async () => {
    neighbour.prices = [0, 0];
    const bought = await buy(0);
    expect(bought.tickets).toHaveLength(2);
    expect(await refund(bought, [bought.tickets[0]!])).toMatchObject({ status: 'COMPLETED', amount: 0 });
    expect(await look(bought)).toEqual({ status: PaymentStatus.COMPLETED, refunded: 0, tickets: [bought.tickets[1]] });
    expect(await refund(bought, [])).toMatchObject({ status: 'COMPLETED', amount: 0 });
    expect(await look(bought)).toMatchObject({ status: PaymentStatus.REFUNDED, refunded: 0 });
    expect([await ledgerOf(ctx, bought.userId), await balanceOf(ctx, bought.userId)]).toEqual([
      { entries: 0, sum: 0 },
      { balance: 0, reserved: 0 },
    ]);
  });

  it('ends without points also when it is refused', async () => {
    neighbour.prices = [0];
    const payer = await createPayer(ctx, 0, 0);
    neighbour.answer = 'hold-expired';
    expect(await payFor(ctx, payer)).toMatchObject({ status: PaymentStatus.FAILED });
  });

  it('can be in one order with what costs something', async () => {
    neighbour.prices = [0, 50_000];
    const bought = await buy();
    const [free, other] = bought.tickets;
    expect(await refund(bought, [free!])).toMatchObject({ status: 'COMPLETED', amount: 0 });
    expect(await ledgerOf(ctx, bought.userId)).toEqual({ entries: 4, sum: 0 });
    expect(await refund(bought, [other!])).toMatchObject({ status: 'COMPLETED', amount: 50_000 });
    expect(await look(bought)).toMatchObject({ status: PaymentStatus.REFUNDED, refunded: 50_000 });
    expect(await balanceOf(ctx, bought.userId)).toEqual({ balance: points, reserved: 0 });
  });
});
