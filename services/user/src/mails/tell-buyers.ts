import type { Queryable } from '@ticketing/common/database';
import type { EventData } from '@ticketing/contracts/events';
import { addMails, mailIdOf } from './add-mail.ts';
import { listBuyers } from './buyers.ts';
import type { NewMail } from './mail.ts';
import { findRecipients } from './recipients.ts';

const pageSize = 500;

export function tellOfCancellations(tx: Queryable, events: EventData<'performance.cancelled'>[]): Promise<void> {
  return tellBuyers(tx, 'performance-cancelled', events);
}

export function tellOfMoves(tx: Queryable, events: EventData<'performance.rescheduled'>[]): Promise<void> {
  return tellBuyers(
    tx,
    'performance-postponed',
    events.map((event) => ({ ...event, change: String(event.version) })),
  );
}

/** What became of a performance; `change` tells one change of it from another. */
interface PerformanceNews {
  concertId: string;
  performanceId: string;
  change?: string;
}

/** Keeps a mail for everybody who has paid for a performance, one for each change of it. */
export async function tellBuyers(
  tx: Queryable,
  kind: 'performance-cancelled' | 'performance-postponed',
  news: readonly PerformanceNews[],
): Promise<void> {
  for (const { concertId, performanceId, change = '' } of news) {
    let buyers: string[] = [];
    do {
      buyers = await listBuyers(tx, performanceId, buyers.at(-1), pageSize);
      const people = [...(await findRecipients(tx, buyers))];
      const mails = people.map(
        ([userId, recipient]): NewMail => ({
          ...{ id: mailIdOf(kind, performanceId, change, userId), kind, data: { concertId, performanceId } },
          ...recipient,
        }),
      );
      await addMails(tx, mails);
    } while (buyers.length === pageSize);
  }
}
