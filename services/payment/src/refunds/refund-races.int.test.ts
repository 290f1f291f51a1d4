import { randomUUID } from 'node:crypto';
import { create } from '@bufbuild/protobuf';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { idToBinary } from '@ticketing/common/database';
import { withoutGuard, withPause } from '@ticketing/common/testing/without-guard';
import {
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
import { findLiveRefunds } from './refund.ts';
import { refundPayment, refundTickets } from './refund-payment.ts';

let ctx: Context;
let neighbour: ScriptedReservations;
beforeAll(async () => {
  ({ ctx, neighbour } = await createTestContext());
});
beforeEach(() => {
  Object.assign(neighbour, { answer: 'confirmed', prices: [50_000, 30_000] });
});
afterAll(() => ctx.stop());

interface Bought {
  id: string;
  userId: string;
  tickets: string[];
}

const points = 200_000;

async function buy(): Promise<Bought> {
  const payer = await createPayer(ctx, points, neighbour.prices[0]! + neighbour.prices[1]!);
  const paid = await payFor(ctx, payer);
  if (typeof paid === 'string') throw new Error(`refused: ${paid}`);
  const { userId } = payer;
  const { result } = await getPayment(ctx, create(GetPaymentRequestSchema, { userId, paymentId: paid.id }));
  if (result?.case !== 'payment') throw new Error('there is no payment');
  return { id: paid.id, userId, tickets: (result.value.tickets ?? []).map(({ id }) => id ?? '') };
}

/** The amount, or the code of the refusal. */
async function refund({ id: paymentId, userId }: Bought, ticketIds: string[], db = ctx.db): Promise<number | string> {
  const idempotencyKey = randomUUID();
  const { result } =
    ticketIds.length > 0
      ? await refundTickets({ ...ctx, db }, create(RefundTicketsRequestSchema, { userId, paymentId, idempotencyKey, ticketIds }))
      : await refundPayment({ ...ctx, db }, create(RefundPaymentRequestSchema, { userId, paymentId, idempotencyKey }));
  return result?.case === 'refund' ? Number(result.value.amount) : (result?.value?.code ?? '');
}

async function statusOf({ id }: Bought): Promise<string | undefined> {
  const [row] = await ctx.db.query<{ status: string }>('SELECT status FROM payments WHERE id = ?', [idToBinary(id)]);
  return row?.status;
}

const unlocked = (db = ctx.db) => withoutGuard(db, 'FROM payments WHERE id = ? FOR UPDATE', 'FROM payments WHERE id = ?');

describe('refunds of one payment at once', () => {
  it('give each ticket back once, however many come', async () => {
    const bought = await buy();
    const [one, two] = bought.tickets;
    const wishes = Array.from({ length: 8 }, () => [[one!], [two!], [one!, two!], []]).flat();
    const answers = await Promise.all(wishes.map((wish) => refund(bought, wish)));
    const done = answers.filter((answer) => typeof answer === 'number');
    expect(done.reduce((sum, amount) => sum + amount, 0)).toBe(80_000);
    expect(answers.filter((answer) => answer === 'already-refunded')).toHaveLength(wishes.length - done.length);
    expect(await balanceOf(ctx, bought.userId)).toEqual({ balance: points, reserved: 0 });
    expect(await ledgerOf(ctx, bought.userId)).toEqual({ entries: 4 + 2 * done.length, sum: 0 });
    expect(await statusOf(bought)).toBe('REFUNDED');
  });

  const wishes: Record<string, (tickets: string[]) => [first: string[], second: string[], answers: (number | string)[]]> = {
    'the same ticket twice': ([one]) => [[one!], [one!], [50_000, 'already-refunded']],
    'two tickets': ([one, two]) => [[one!], [two!], [50_000, 30_000]],
    'a ticket, and all that is left': ([one]) => [[one!], [], [50_000, 30_000]],
    'all, and a ticket': ([one]) => [[], [one!], [80_000, 'already-refunded']],
  };

  it.each(Object.keys(wishes))('take turns when the second comes while the first is being written: %s', async (name) => {
    const bought = await buy();
    const [first, second, answers] = wishes[name]!(bought.tickets);
    let other: Promise<number | string> | undefined;
    const meets = withPause(ctx.db, 'INSERT INTO refunds', () => {
      other ??= refund(bought, second);
      return Promise.resolve();
    });
    expect([await refund(bought, first, meets), await other]).toEqual(answers);
    const back = answers.reduce<number>((sum, answer) => sum + (typeof answer === 'number' ? answer : 0), 0);
    expect(await balanceOf(ctx, bought.userId)).toEqual({ balance: points - 80_000 + back, reserved: 0 });
  });

  /** The second one is done while the first one is about to write which ticket it is for. */
  async function meetInTheMiddle(db: Context['db']) {
    const bought = await buy();
    const [one] = bought.tickets;
    let other: Promise<number | string> | undefined;
    const meets = withPause(db, 'refund_tickets (refund_id, ticket_id', async () => {
      await (other ??= refund(bought, [one!], db));
    });
    const answers = [await refund(bought, [one!], meets), await other];
    return { answers, bought };
  }

  // The first refund has the payment's key; that of a version which knows no tickets is out of this.
  const keyless = (db: Context['db']) =>
    withoutGuard(db, "VALUES (?, ?, ?, ?, 'PENDING', ?)", "VALUES (?, ?, NULLIF(?, payment_id), ?, 'PENDING', ?)");

  it('are told apart by the key of the ticket alone', async () => {
    const { answers, bought } = await meetInTheMiddle(keyless(unlocked()));
    expect(answers).toEqual(['already-refunded', 50_000]);
    expect(await balanceOf(ctx, bought.userId)).toEqual({ balance: points - 30_000, reserved: 0 });
  });

  it('would give a ticket back twice without it', async () => {
    const { answers, bought } = await meetInTheMiddle(
      keyless(unlocked(withoutGuard(ctx.db, 'INSERT INTO refund_tickets', 'INSERT IGNORE INTO refund_tickets'))),
    );
    expect(answers).toEqual([50_000, 50_000]);
    expect(await balanceOf(ctx, bought.userId)).toEqual({ balance: points + 20_000, reserved: 0 });
  });
});

describe('two refunds that end at once', () => {
  /** @param waits whether the first one waits, with its end written, until the second one is done */
  async function endTogether(db: Context['db'], waits: boolean): Promise<string | undefined> {
    // What costs nothing has no wallet, whose row would make them take turns.
    neighbour.prices = [0, 0];
    const bought = await buy();
    const [one, two] = bought.tickets;
    neighbour.answer = 'silent';
    await Promise.all([refund(bought, [one!]), refund(bought, [two!])]);
    neighbour.answer = 'confirmed';
    const refunds = await findLiveRefunds(ctx.db, bought.id);
    const sagas = [await takeSaga(ctx, refunds[0]!.id), await takeSaga(ctx, refunds[1]!.id)];
    let other: Promise<void> | undefined;
    const meets = withPause(db, 'INSERT INTO outbox_events', async () => {
      other ??= runSaga({ ...ctx, db }, sagas[1]!);
      if (waits) await other;
    });
    await runSaga({ ...ctx, db: meets }, sagas[0]!);
    await other;
    return statusOf(bought);
  }

  it('end the payment, whichever is the last', async () => {
    expect(await endTogether(ctx.db, false)).toBe('REFUNDED');
  });

  it('would leave it COMPLETED without any ticket if they did not take turns', async () => {
    expect(await endTogether(unlocked(), true)).toBe('COMPLETED');
  });
});

describe('a refund', () => {
  it('credits once, however many drive its saga', async () => {
    const bought = await buy();
    neighbour.answer = 'silent';
    const { result } = await refundTickets(
      ctx,
      create(RefundTicketsRequestSchema, {
        ...{ userId: bought.userId, paymentId: bought.id, idempotencyKey: randomUUID() },
        ticketIds: [bought.tickets[0]!],
      }),
    );
    if (result?.case !== 'refund') throw new Error('refused');
    const saga = await takeSaga(ctx, result.value.id ?? '');
    neighbour.answer = 'confirmed';
    await Promise.all(Array.from({ length: 8 }, () => runSaga(ctx, saga)));
    expect(await balanceOf(ctx, bought.userId)).toEqual({ balance: points - 30_000, reserved: 0 });
    const { result: payment } = await getPayment(ctx, create(GetPaymentRequestSchema, { userId: bought.userId, paymentId: bought.id }));
    expect(payment).toMatchObject({ value: { status: PaymentStatus.COMPLETED, refundedAmount: 50_000n } });
  });
});
