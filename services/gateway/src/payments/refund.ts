import type { Refund } from '@ticketing/contracts/gen/ticketing/payment/v1/payment_pb';
import { z } from 'zod';
import { oneOf } from '../http/answers.ts';
import { krw, shownId } from '../http/fields.ts';

const statuses = ['PENDING', 'COMPLETED', 'FAILED'] as const;

export const refundSchema = z
  .object({ id: shownId, paymentId: shownId, amount: krw, status: z.enum(statuses) })
  .meta({ id: 'Refund', description: 'Points on their way back to the wallet.' });

export function toRefund({ id, paymentId, amount, status }: Refund): z.output<typeof refundSchema> {
  return { id, paymentId, amount: Number(amount), status: oneOf(statuses, status) };
}
