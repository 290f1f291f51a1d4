import { z } from 'zod';

/**
 * What the public API has promised, said once more and independently of the gateway's own schemas: every field that is listed
 * must be there and of this type. More fields may come.
 */
const id = z.uuidv7();
const instant = z.iso.datetime();
const amount = z.int();
const count = z.int().nonnegative();
const currency = z.literal('KRW');
const nextCursor = z.string().nullable();

export const problemShape = z.object({
  type: z.string().min(1),
  title: z.string().min(1),
  status: z.int(),
  code: z.string().regex(/^[a-z]+(-[a-z]+)*$/),
  detail: z.string().optional(),
  traceId: z.string().regex(/^(?!0{32})[0-9a-f]{32}$/),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
});

export const newUser = z.object({ id, email: z.string(), name: z.string() });
export const user = newUser.extend({ roles: z.array(z.string()), locale: z.string(), verified: z.boolean() });
export const session = z.object({ accessToken: z.string(), tokenType: z.literal('Bearer'), expiresAt: instant });

const roomState = z.enum(['PRE_OPEN', 'OPEN', 'PAUSED', 'CLOSED']);

export const queueToken = z.object({
  concertId: id,
  status: z.enum(['PRE_OPEN', 'WAITING', 'ACTIVE', 'EXPIRED', 'SOLD_OUT']),
  roomState,
  joinNumber: count,
  position: count,
  ahead: count,
  etaSeconds: count,
  pollAfterMs: count,
  pass: z.string().optional(),
  passExpiresAt: instant.optional(),
});

export const room = z.object({
  concertId: id,
  state: roomState,
  opensAt: instant,
  drawCommitment: z.string(),
  drawSeed: z.string().optional(),
  drawSize: count.optional(),
  joined: count,
  serving: count,
  soldOut: z.boolean(),
});
export const managedRoom = room.extend({
  capacity: count,
  paused: z.boolean(),
  closed: z.boolean(),
  passTtlSeconds: count,
  tail: count,
  waiting: count,
  called: count,
  active: count,
  releasedPerSecond: z.number().min(0),
  noShowRate: z.number().min(0).max(1),
});

export const concert = z.object({
  id,
  title: z.string(),
  artist: z.string(),
  description: z.string(),
  venue: z.object({ id, name: z.string(), city: z.string(), timeZone: z.string() }),
  startsOn: z.iso.date().nullable(),
  endsOn: z.iso.date().nullable(),
  saleOpensAt: instant,
  status: z.string(),
});
export const concertPage = z.object({ items: z.array(concert), nextCursor, degraded: z.boolean() });
export const suggestions = z.object({
  items: z.array(z.object({ text: z.string(), kind: z.enum(['artist', 'title']), concertId: id.optional() })),
  degraded: z.boolean(),
});
export const scheduledPerformance = z.object({ id, totalSeats: count });
export const performances = z.object({
  items: z.array(
    z.object({
      id,
      concertId: id,
      startsAt: instant,
      saleOpensAt: instant,
      totalSeats: count,
      availableSeats: count,
      priceFrom: amount,
      priceTo: amount,
    }),
  ),
});

const seat = z.object({ id, section: z.string(), row: z.string(), number: z.int(), price: amount });
export const seatMap = z.object({
  performanceId: id,
  version: z.int(),
  seats: z.array(seat.extend({ status: z.enum(['AVAILABLE', 'HELD', 'SOLD']) })),
});

const ticketReferences = z.array(z.object({ id, seatId: id }));
export const reservation = z.object({
  id,
  performanceId: id,
  status: z.enum(['HELD', 'CONFIRMED', 'EXPIRED', 'CANCELLED', 'REFUNDED']),
  seats: z.array(seat.extend({ returned: z.literal(true).optional() })).min(1),
  amount,
  currency,
  expiresAt: instant,
  createdAt: instant,
  paymentId: id.optional(),
  tickets: ticketReferences.optional(),
});
export const myReservations = z.object({
  items: z.array(reservation.extend({ concert: z.object({ id, title: z.string() }), performance: z.object({ id, startsAt: instant }) })),
  nextCursor,
});

export const charge = z.object({ id, amount, balance: amount });
export const balance = z.object({ balance: amount, reserved: amount, currency });
export const ledger = z.object({
  items: z.array(z.object({ id, kind: z.string(), amount, balanceAfter: amount, at: instant, reference: z.string() })),
  nextCursor,
});

export const payment = z.object({
  id,
  reservationId: id,
  amount,
  status: z.enum(['PENDING', 'COMPLETED', 'FAILED', 'REFUNDED']),
  failure: z.string().optional(),
  tickets: ticketReferences.optional(),
  refundedAmount: amount,
});
export const refund = z.object({ id, paymentId: id, amount, status: z.string(), ticketIds: z.array(id).optional() });
const listedTicket = z.object({
  id,
  reservationId: id,
  performanceId: id,
  seat,
  status: z.enum(['VALID', 'VOID']),
  concert: z.object({ id, title: z.string(), artist: z.string() }),
  venue: z.object({ id, name: z.string(), city: z.string() }),
  startsAt: instant,
  timeZone: z.string(),
  transfer: z.object({ id, expiresAt: instant }).optional(),
});
export const ticket = listedTicket.extend({ qr: z.string().optional() });
export const myTickets = z.object({ items: z.array(listedTicket), nextCursor });
export const transferOffer = z.object({ id, link: z.url(), expiresAt: instant });

export const order = reservation.extend({
  buyer: z.object({ id, name: z.string(), email: z.string() }),
  concert: z.object({ id, title: z.string() }),
  performance: z.object({ id, startsAt: instant }),
  tickets: z.array(z.object({ id, seatId: id, ownerId: id, status: z.enum(['VALID', 'VOID']) })),
  payment: payment.nullable(),
});
export const orders = z.object({ items: z.array(order.omit({ payment: true })), nextCursor });
export const setting = z.object({ key: z.string(), value: z.number() });
