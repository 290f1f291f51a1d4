import { z } from 'zod';

const payment = z.object({
  paymentId: z.uuid(),
  reservationId: z.uuid(),
  performanceId: z.uuid(),
  concertId: z.uuid(),
  userId: z.uuid(),
  amount: z.int().positive().describe('KRW.'),
});

export const paymentEvents = {
  'points.charged': z
    .object({ chargeId: z.uuid(), userId: z.uuid(), amount: z.int().positive() })
    .describe('A wallet was charged with points.'),
  'payment.completed': payment.describe('A reservation was paid for.'),
  'payment.failed': payment.extend({ failure: z.string() }).describe('A payment was refused; reserved points were released.'),
  'payment.refunded': payment.extend({ refundId: z.uuid() }).describe('Points of a payment went back to the wallet.'),
} as const;
