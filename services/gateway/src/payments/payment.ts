import { type Payment, PaymentStatus } from '@ticketing/contracts/gen/ticketing/payment/v1/payment_pb';
import { z } from 'zod';
import { oneOf } from '../http/answers.ts';
import { krw, shownId } from '../http/fields.ts';
import { ticketReferenceSchema, toTicketReference } from '../reservations/reservation.ts';

const statuses = ['PENDING', 'COMPLETED', 'FAILED', 'REFUNDED'] as const;

export const paymentSchema = z
  .object({
    id: shownId,
    reservationId: shownId,
    amount: krw,
    status: z.enum(statuses).meta({ description: 'PENDING: the outcome is not known yet; look again.' }),
    failure: z.string().optional().meta({ description: 'The code of a problem; only when FAILED.', example: 'hold-expired' }),
    tickets: z.array(ticketReferenceSchema).optional().meta({ description: 'Those that are good, without the ones on their way back.' }),
    refundedAmount: krw.meta({ description: 'KRW of the amount that came back.' }),
  })
  .meta({ id: 'Payment', description: 'Points for a reservation.' });

export function toPayment(payment: Payment): z.output<typeof paymentSchema> {
  const { id, reservationId, failure, tickets } = payment;
  return {
    id,
    reservationId,
    amount: Number(payment.amount),
    status: oneOf(statuses, PaymentStatus[payment.status]),
    ...(failure && { failure }),
    ...(tickets.length > 0 && { tickets: tickets.map(toTicketReference) }),
    refundedAmount: Number(payment.refundedAmount),
  };
}
