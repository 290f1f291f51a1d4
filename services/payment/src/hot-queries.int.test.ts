import { randomUUID } from 'node:crypto';
import { create } from '@bufbuild/protobuf';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { encodeIdCursor } from '@ticketing/common/cursor';
import { idFromBinary, newId } from '@ticketing/common/database';
import { type ExplainedStatement, explained, wholeScans } from '@ticketing/common/testing/explained';
import { manyRows, storedNumberedId } from '@ticketing/common/testing/many-rows';
import { writePlans } from '@ticketing/common/testing/plan-table';
import { withoutGuard } from '@ticketing/common/testing/without-guard';
import { FollowCancellationsRequestSchema } from '@ticketing/contracts/gen/ticketing/payment/v1/cancellations_pb';
import {
  CancelPaymentRequestSchema,
  ChargePointsRequestSchema,
  ForceSagaRequestSchema,
  GetBalanceRequestSchema,
  GetPaymentRequestSchema,
  ListLedgerRequestSchema,
  ListSagasRequestSchema,
  RefundPaymentRequestSchema,
  RefundTicketsRequestSchema,
} from '@ticketing/contracts/gen/ticketing/payment/v1/payment_pb';
import { followCancellations } from './cancellations/follow-cancellations.ts';
import { noteStoppedSales } from './cancellations/note-cancellation.ts';
import { sweepCancellations } from './cancellations/sweep-cancellations.ts';
import type { Context } from './context.ts';
import { getPayment } from './payments/get-payment.ts';
import { findPayment } from './payments/payment.ts';
import { cancelPayment } from './refunds/cancel-payment.ts';
import { refundPayment, refundTickets } from './refunds/refund-payment.ts';
import { forceSaga } from './sagas/force-saga.ts';
import { listSagas } from './sagas/list-sagas.ts';
import { leaseDueSagas } from './sagas/saga-store.ts';
import { watchSagas } from './sagas/watch-sagas.ts';
import { filledTables, fillPayments } from './testing/many-payments.ts';
import { createPayer, createTestContext, loseLease, payFor, type ScriptedReservations, sagaIdOf } from './testing/test-payments.ts';
import { chargePoints } from './wallets/charge-points.ts';
import { getBalance } from './wallets/get-balance.ts';
import { listLedger } from './wallets/list-ledger.ts';

let ctx: Context;
let neighbour: ScriptedReservations;
const plans: Record<string, ExplainedStatement[]> = {};

beforeAll(async () => {
  ({ ctx, neighbour } = await createTestContext());
  await fillPayments(ctx.db);
}, 900_000);
beforeEach(() => {
  neighbour.answer = 'confirmed';
});
afterAll(async () => {
  await writePlans({ service: 'payment', tables: filledTables, statements: plans });
  await ctx.stop();
}, 900_000);

const person = idFromBinary(storedNumberedId('user', 7));
const actorId = newId();

function charge(db: Context['db'], idempotencyKey: string = randomUUID()) {
  return chargePoints({ ...ctx, db }, create(ChargePointsRequestSchema, { userId: person, amount: 1_000n, idempotencyKey }));
}

/** Pays as somebody who has enough points. */
async function payment(db = ctx.db): Promise<{ userId: string; paymentId: string }> {
  const payer = await createPayer(ctx, 100, 100);
  const paid = await payFor({ ...ctx, db }, payer);
  if (typeof paid === 'string') throw new Error(`refused: ${paid}`);
  return { userId: payer.userId, paymentId: paid.id };
}

async function paymentOfTwo(): Promise<{ userId: string; paymentId: string; ticketId: string }> {
  neighbour.prices = [50, 50];
  const paid = await payment();
  const { result } = await getPayment(ctx, create(GetPaymentRequestSchema, paid));
  if (result?.case !== 'payment') throw new Error('there is no payment');
  return { ...paid, ticketId: result.value.tickets?.[0]?.id ?? '' };
}

const hotPaths: Record<string, (db: Context['db']) => Promise<unknown>> = {
  'a charge': (db) => charge(db),
  'a charge that is sent again': async (db) => {
    const key = randomUUID();
    await charge(ctx.db, key);
    return charge(db, key);
  },
  'a balance': (db) => getBalance({ db }, create(GetBalanceRequestSchema, { userId: person })),
  'the ledger': (db) => listLedger({ db }, create(ListLedgerRequestSchema, { userId: person, limit: 5 })),
  'the ledger, later page': (db) => {
    const cursor = encodeIdCursor(idFromBinary(storedNumberedId('entry', manyRows / 2)));
    return listLedger({ db }, create(ListLedgerRequestSchema, { userId: person, limit: 5, cursor }));
  },
  'a purchase': (db) => payment(db),
  'a purchase that comes too late': (db) => {
    neighbour.answer = 'hold-expired';
    return payment(db);
  },
  'a purchase whose outcome is not known': (db) => {
    neighbour.answer = 'silent';
    return payment(db);
  },
  'a payment': async (db) => getPayment({ db }, create(GetPaymentRequestSchema, await payment())),
  'a refund': async (db) =>
    refundPayment({ ...ctx, db }, create(RefundPaymentRequestSchema, { ...(await payment()), idempotencyKey: randomUUID() })),
  'a refund of some tickets, and of the rest': async (db) => {
    const { userId, paymentId, ticketId } = await paymentOfTwo();
    const ticketIds = [ticketId];
    await refundTickets({ ...ctx, db }, create(RefundTicketsRequestSchema, { userId, paymentId, ticketIds, idempotencyKey: randomUUID() }));
    return refundPayment({ ...ctx, db }, create(RefundPaymentRequestSchema, { userId, paymentId, idempotencyKey: randomUUID() }));
  },
  'a refund of some tickets that is refused': async (db) => {
    const { userId, paymentId, ticketId } = await paymentOfTwo();
    const ticketIds = [ticketId];
    neighbour.answer = 'refund-not-allowed';
    return refundTickets(
      { ...ctx, db },
      create(RefundTicketsRequestSchema, { userId, paymentId, ticketIds, idempotencyKey: randomUUID() }),
    );
  },
  'a payment that an operator cancels': async (db) =>
    cancelPayment({ ...ctx, db }, create(CancelPaymentRequestSchema, { ...(await payment()), actorId, reason: 'test' })),
  'how far the refunds of a performance are': (db) => {
    const performanceIds = [idFromBinary(storedNumberedId('performance', 3))];
    return followCancellations({ db }, create(FollowCancellationsRequestSchema, { performanceIds }));
  },
  'what was paid for a cancelled performance': async (db) => {
    const { paymentId } = await payment();
    const performanceId = (await findPayment(ctx.db, paymentId))?.performanceId ?? '';
    const event = { performanceId, concertId: newId(), stoppedAt: new Date().toISOString() };
    // Never due for the instances of the stack.
    await withoutGuard(ctx.db, 'INTERVAL 0 SECOND', 'INTERVAL 1 DAY').transaction((tx) => noteStoppedSales(tx, [event]));
    const due = 'AND due_at <= UTC_TIMESTAMP(3) AND';
    return sweepCancellations({
      ...ctx,
      db: withoutGuard(db, due, `AND performance_id = UNHEX('${performanceId.replaceAll('-', '')}') AND`),
    });
  },
  'sagas that are due': (db) => leaseDueSagas(db, 'test', 20),
  'a saga that an operator takes up': async (db) => {
    neighbour.answer = 'silent';
    const { paymentId } = await payment();
    await loseLease(ctx, paymentId);
    const sagaId = await sagaIdOf(ctx, paymentId);
    return forceSaga({ ...ctx, db }, create(ForceSagaRequestSchema, { actorId, sagaId, outcome: 'complete', reason: 'test' }));
  },
  'the number of open sagas': (db) => watchSagas({ db }),
  'the list of sagas': (db) => listSagas({ db }, create(ListSagasRequestSchema, {})),
  'the list of parked sagas': (db) => listSagas({ db }, create(ListSagasRequestSchema, { status: 'PARKED' })),
  'the list of compensated sagas, later page': (db) => {
    const cursor = encodeIdCursor(idFromBinary(storedNumberedId('saga', manyRows / 2)));
    return listSagas({ db }, create(ListSagasRequestSchema, { status: 'COMPENSATED', cursor }));
  },
};

describe('hot paths', () => {
  it.each(Object.keys(hotPaths))('read no table as a whole: %s', async (name) => {
    const { db, statements } = explained(ctx.db);
    await hotPaths[name]?.(db);
    plans[name] = statements;
    expect(statements.length).toBeGreaterThan(0);
    expect(wholeScans(statements)).toEqual([]);
  });

  it('would be found reading a table as a whole', async () => {
    const { db, statements } = explained(ctx.db);
    await db.query("SELECT id FROM payments WHERE status = 'NOWHERE' LIMIT 5");
    expect(wholeScans(statements)).toHaveLength(1);
  });
});
