import type { Queryable } from '@ticketing/common/database';
import type { EventData } from '@ticketing/contracts/events';
import { addMails, mailIdOf } from './add-mail.ts';
import { noteBuyers, noteRefunds } from './buyers.ts';
import type { NewMail } from './mail.ts';
import { findRecipients } from './recipients.ts';

type Refund = EventData<'payment.refunded' | 'payment.partly-refunded'>;
type Payment = EventData<'payment.completed'> | Refund;

/** Keeps a mail for each person who has paid. */
export async function tellOfPurchases(tx: Queryable, payments: EventData<'payment.completed'>[]): Promise<void> {
  await noteBuyers(tx, payments);
  await tell(tx, 'tickets-bought', payments, ({ paymentId }) => paymentId);
}

/** Keeps a mail for each refund. */
export async function tellOfRefunds(tx: Queryable, refunds: Refund[]): Promise<void> {
  await noteRefunds(tx, refunds);
  await tell(tx, 'payment-refunded', refunds, ({ refundId }) => refundId);
}

async function tell<P extends Payment>(
  tx: Queryable,
  kind: 'tickets-bought' | 'payment-refunded',
  payments: P[],
  idOf: (payment: P) => string,
): Promise<void> {
  const people = await findRecipients(
    tx,
    payments.map(({ userId }) => userId),
  );
  const mails = payments.flatMap((payment): NewMail[] => {
    const { userId, reservationId, concertId, performanceId, amount } = payment;
    const recipient = people.get(userId);
    if (!recipient) return [];
    return [{ id: mailIdOf(kind, idOf(payment)), kind, ...recipient, data: { reservationId, concertId, performanceId, amount } }];
  });
  await addMails(tx, mails);
}
