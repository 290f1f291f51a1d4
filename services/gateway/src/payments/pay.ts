import { PaymentStatus } from '@ticketing/contracts/gen/ticketing/payment/v1/payment_pb';
import { z } from 'zod';
import { signedIn } from '../auth/access.ts';
import { id, idempotencyKey } from '../http/fields.ts';
import { refused } from '../http/problems.ts';
import { defineRoute } from '../http/route.ts';
import { paymentSchema, toPayment } from './payment.ts';

export const pay = defineRoute(
  {
    method: 'post',
    path: '/api/v1/payments',
    operationId: 'pay',
    summary: 'Pay for a reservation',
    description:
      'Whoever holds seats may pay for them while the hold lasts and the performance has not begun, with or without a queue pass. ' +
      'Answers 202 with a PENDING payment when the outcome is not known yet; look again at its Location.',
    tag: 'Points and payments',
    access: signedIn,
    input: { body: z.strictObject({ reservationId: id }).meta({ id: 'Pay' }), idempotencyKey },
    responses: { 201: paymentSchema, 202: paymentSchema },
    problems: [
      'reservation-not-found',
      'hold-expired',
      'sale-over',
      'amount-mismatch',
      'insufficient-points',
      'already-paid',
      'idempotency-key-reused',
      'request-in-progress',
    ],
  },
  async ({ services, ownHolds }, { body: { reservationId }, idempotencyKey: key }, { user }) => {
    const hold = ownHolds.find(user.id, reservationId);
    const { result } = await services.payment.pay({
      ...{ userId: user.id, idempotencyKey: key, reservationId },
      ...(hold && { hold: { performanceId: hold.performanceId, concertId: hold.concertId, amount: hold.amount } }),
    });
    if (result.case !== 'payment') return refused(result);
    const { status, failure } = result.value;
    if (status === PaymentStatus.FAILED) return refused({ case: 'refusal', value: { code: failure, detail: '', seatIds: [] } });
    const payment = toPayment(result.value);
    const headers = { location: `/api/v1/payments/${payment.id}` };
    return { status: status === PaymentStatus.PENDING ? 202 : 201, headers, body: payment };
  },
);
