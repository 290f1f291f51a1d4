import { z } from 'zod';

/** The parts of the public API's answers that clients here look at. */
export const sessionShape = z.object({ accessToken: z.string() });

export const tokenShape = z.object({
  concertId: z.string(),
  status: z.enum(['PRE_OPEN', 'WAITING', 'ACTIVE', 'EXPIRED', 'SOLD_OUT']),
  position: z.number(),
  ahead: z.number(),
  etaSeconds: z.number(),
  pollAfterMs: z.number(),
  pass: z.string().optional(),
});

export const seatMapShape = z.object({
  performanceId: z.string(),
  version: z.number(),
  seats: z.array(
    z.object({
      id: z.string(),
      section: z.string(),
      row: z.string(),
      number: z.number(),
      price: z.number(),
      status: z.enum(['AVAILABLE', 'HELD', 'SOLD']),
    }),
  ),
});

const ticketReference = z.object({ id: z.string(), seatId: z.string() });

export const reservationShape = z.object({
  id: z.string(),
  performanceId: z.string(),
  status: z.enum(['HELD', 'CONFIRMED', 'EXPIRED', 'CANCELLED', 'REFUNDED']),
  seats: z.array(z.object({ id: z.string(), section: z.string(), row: z.string(), number: z.number(), price: z.number() })),
  amount: z.number(),
  currency: z.literal('KRW'),
  expiresAt: z.string(),
  tickets: z.array(ticketReference).optional(),
});

export const paymentShape = z.object({
  id: z.string(),
  reservationId: z.string(),
  amount: z.number(),
  status: z.enum(['PENDING', 'COMPLETED', 'FAILED', 'REFUNDED']),
  failure: z.string().optional(),
  tickets: z.array(ticketReference).optional(),
  refundedAmount: z.number(),
});

export const balanceShape = z.object({ balance: z.number(), reserved: z.number(), currency: z.literal('KRW') });

export const concertShape = z.object({
  id: z.string(),
  title: z.string(),
  artist: z.string(),
  saleOpensAt: z.string(),
  status: z.string(),
});
