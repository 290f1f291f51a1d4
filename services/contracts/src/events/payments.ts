import { z } from 'zod';

const payment = z.object({
  paymentId: z.uuid(),
  reservationId: z.uuid(),
  performanceId: z.uuid(),
  concertId: z.uuid(),
  userId: z.uuid(),
  amount: z.int().nonnegative().describe('KRW.'),
});

/** What has come back; what was given back earlier is not in it. */
const refunded = payment.extend({
  refundId: z.uuid(),
  amount: z.int().nonnegative().describe('KRW that came back with this refund.'),
  ticketIds: z.array(z.uuid()).describe('The tickets that were given back with this refund.'),
});

const saga = z.object({
  sagaId: z.uuid(),
  kind: z.enum(['payment', 'refund']),
  subjectId: z.uuid().describe('The payment or refund.'),
  tries: z.int().positive(),
  reason: z.string().describe('The error of the last attempt.'),
});

export const paymentEvents = {
  'points.charged': z
    .object({ chargeId: z.uuid(), userId: z.uuid(), amount: z.int().positive() })
    .describe('A wallet was charged with points.'),
  'payment.completed': payment
    .extend({ passId: z.string().optional().describe('The queue pass that the seats were held with.') })
    .describe('A reservation was paid for.'),
  'payment.failed': payment.extend({ failure: z.string() }).describe('A payment was refused; reserved points were released.'),
  'payment.partly-refunded': refunded.describe(
    'Points for some tickets of a payment went back to the wallet; its other tickets stay good.',
  ),
  'payment.refunded': refunded
    .partial({ ticketIds: true })
    .describe('All points of a payment are back in the wallet, the last ones with this event.'),
  'saga.stalled': saga.describe('The quick tries of a payment or refund brought no outcome; slow ones follow.'),
  'saga.parked': saga.describe('A payment or refund waits for an operator.'),
} as const;
