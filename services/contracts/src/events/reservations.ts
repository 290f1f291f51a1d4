import { z } from 'zod';

const reservation = z.object({
  reservationId: z.uuid(),
  performanceId: z.uuid(),
  concertId: z.uuid(),
  userId: z.uuid(),
  seatIds: z.array(z.uuid()),
  amount: z.int().nonnegative().describe('KRW for all seats.'),
});

const checkIn = z.object({
  checkInId: z.uuid(),
  ticketId: z.uuid(),
  reservationId: z.uuid(),
  performanceId: z.uuid(),
  concertId: z.uuid(),
  userId: z.uuid().describe('Whose ticket it is.'),
  seatId: z.uuid(),
});

/** What has come back; what was given back earlier is not in it. */
const givenBack = reservation.extend({
  paymentId: z.uuid(),
  seatIds: z.array(z.uuid()).describe('The seats that went back on sale with this refund.'),
  amount: z.int().nonnegative().describe('KRW for these seats.'),
  refundId: z.uuid(),
  ticketIds: z.array(z.uuid()).describe('The tickets of these seats. They are void.'),
});

export const reservationEvents = {
  'reservation.held': reservation.extend({ expiresAt: z.iso.datetime() }).describe('Seats are held for a person until expiresAt.'),
  'reservation.confirmed': reservation.extend({ paymentId: z.uuid() }).describe('The seats were paid for; tickets exist.'),
  'reservation.expired': reservation.describe('A hold ran out before it was paid for.'),
  'reservation.cancelled': reservation.describe('A person let go of a hold.'),
  'reservation.partly-refunded': givenBack.describe('Some paid seats went back on sale; the other tickets of the reservation stay good.'),
  'reservation.refunded': givenBack
    .partial({ refundId: true, ticketIds: true })
    .describe('All paid seats are back on sale, the last ones with this event; their tickets are void.'),
  'ticket.checked-in': checkIn
    .extend({ checkedInAt: z.iso.datetime(), gate: z.string().describe('Empty where the gate has no name.') })
    .describe('Somebody was let in with a ticket.'),
  'ticket.check-in-undone': checkIn.describe('A check-in was taken back; the ticket lets somebody in again.'),
  'ticket.transferred': z
    .object({
      ...{ transferId: z.uuid(), reservationId: z.uuid(), performanceId: z.uuid(), concertId: z.uuid(), seatId: z.uuid() },
      oldTicketId: z.uuid().describe('Void from now on.'),
      ...{ newTicketId: z.uuid(), fromUserId: z.uuid(), toUserId: z.uuid() },
    })
    .describe('A ticket was passed on to another account. The reservation and its money stay with who paid.'),
  'sale.stopped': z
    .object({ performanceId: z.uuid(), concertId: z.uuid(), stoppedAt: z.iso.datetime() })
    .describe('A performance was cancelled, and no payment that comes to the seats after this gets any.'),
} as const;
