import type { Refund } from '@ticketing/contracts/gen/ticketing/payment/v1/payment_pb';
import { limits } from '@ticketing/contracts/limits';
import { z } from 'zod';
import { oneOf } from '../http/answers.ts';
import { id, krw, shownId } from '../http/fields.ts';

const statuses = ['PENDING', 'COMPLETED', 'FAILED'] as const;

/** Tickets that are to be given back. */
export const ticketIds = z
  .array(id)
  .min(1)
  .max(limits.seatsPerPerson)
  .refine((ids) => new Set(ids).size === ids.length, 'Must not name a ticket twice')
  .meta({ uniqueItems: true });

export const refundSchema = z
  .object({
    id: shownId,
    paymentId: shownId,
    amount: krw,
    status: z.enum(statuses),
    ticketIds: z.array(shownId).optional().meta({ description: 'The tickets that go back, where these are not all of the payment.' }),
  })
  .meta({ id: 'Refund', description: 'Points on their way back to the wallet.' });

export function toRefund(refund: Refund): z.output<typeof refundSchema> {
  const { paymentId, amount, status, ticketIds: tickets } = refund;
  return {
    ...{ id: refund.id, paymentId, amount: Number(amount), status: oneOf(statuses, status) },
    ...(tickets.length > 0 && { ticketIds: tickets }),
  };
}
