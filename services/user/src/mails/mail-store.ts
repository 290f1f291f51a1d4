import type { Database } from '@ticketing/common/database';
import { idFromBinary, type Queryable } from '@ticketing/common/database';
import { createCounter } from '@ticketing/common/telemetry';
import { type Locale, type MailContent, mailContent, mailKinds, priorities } from './mail.ts';
import { toLocale } from './recipients.ts';

/** A mail that this instance sends. */
export interface LeasedMail {
  id: string;
  key: Buffer;
  address: string;
  locale: Locale;
  /** Undefined: what was kept can't be read. */
  content: MailContent | undefined;
  kind: string;
  /** With this one; it also tells this lease from later ones. */
  attempts: number;
}

interface MailRow {
  id: Buffer;
  kind: string;
  address: string;
  locale: string;
  data: unknown;
  attempts: number;
}

const givenUp = createCounter('ticketing_mails_given_up_total', 'Mails that could not be sent within a day');

/** Longer than sending a whole lease takes; a killed sender keeps its mails from others for so long. */
export const leaseSeconds = 180;
/** A mail that could not be sent for so long tells nobody anything any more. */
const longestWaitHours = 24;

/**
 * Leases mails that are due: those that go first, then the longest due. They are free again when the lease is over, so that a sender that was killed
 * repeats at most the one that it was sending. Kinds that this version does not know are left to others.
 */
export async function leaseDueMails(db: Database, limit: number): Promise<LeasedMail[]> {
  return db.transaction(async (tx) => {
    const rows: MailRow[] = [];
    for (const priority of priorities) {
      const found = await tx.query<MailRow>(
        `SELECT id, kind, address, locale, data, attempts FROM mails
          WHERE status = 'WAITING' AND priority = ? AND next_attempt_at <= UTC_TIMESTAMP(3) AND kind IN (?)
          ORDER BY next_attempt_at LIMIT ? FOR UPDATE SKIP LOCKED`,
        [priority, [...mailKinds], limit - rows.length],
      );
      rows.push(...found);
    }
    if (rows.length > 0) {
      await tx.execute(
        `UPDATE mails SET attempts = attempts + 1, next_attempt_at = UTC_TIMESTAMP(3) + INTERVAL ${leaseSeconds} SECOND
          WHERE id IN (?) AND status = 'WAITING'`,
        [rows.map(({ id }) => id)],
      );
    }
    return rows.map(toLeased);
  });
}

function toLeased({ id, kind, address, locale, data, attempts }: MailRow): LeasedMail {
  // MySQL returns a JSON column as a value, MariaDB as text.
  const value: unknown = typeof data === 'string' ? JSON.parse(data) : data;
  return {
    ...{ id: idFromBinary(id), key: id, kind, address, attempts: attempts + 1 },
    locale: toLocale(locale),
    content: mailContent.safeParse({ kind, data: value }).data,
  };
}

const ofLease = "id = ? AND attempts = ? AND status = 'WAITING'";

/** What was written in it is erased at once: a link is as good as a password. */
export async function markSent(db: Queryable, { key, attempts }: LeasedMail): Promise<void> {
  await db.execute(`UPDATE mails SET status = 'SENT', data = '{}', last_error = NULL, ended_at = UTC_TIMESTAMP(3) WHERE ${ofLease}`, [
    key,
    attempts,
  ]);
}

/** Ends the lease of a mail that failed. @returns false when it is given up: it is older than a day */
export async function postponeMail(db: Queryable, { key, attempts }: LeasedMail, seconds: number, error: string): Promise<boolean> {
  const reason = error.slice(0, 500);
  const dead = await db.execute(
    `UPDATE mails SET status = 'DEAD', data = '{}', last_error = ?, ended_at = UTC_TIMESTAMP(3)
      WHERE ${ofLease} AND created_at < UTC_TIMESTAMP(3) - INTERVAL ${longestWaitHours} HOUR`,
    [reason, key, attempts],
  );
  if (dead > 0) {
    givenUp.add(1);
    return false;
  }
  await db.execute(`UPDATE mails SET next_attempt_at = UTC_TIMESTAMP(3) + INTERVAL ? SECOND, last_error = ? WHERE ${ofLease}`, [
    ...[seconds, reason, key, attempts],
  ]);
  return true;
}

/** Ends the leases of mails that were not tried. */
export async function giveBack(db: Queryable, mails: readonly LeasedMail[]): Promise<void> {
  for (const { key, attempts } of mails) {
    await db.execute(`UPDATE mails SET next_attempt_at = UTC_TIMESTAMP(3), attempts = attempts - 1 WHERE ${ofLease}`, [key, attempts]);
  }
}

/** Gives up what has waited for more than a day without a try, because there is no mail server or was none. */
export async function giveUpOldMails(db: Queryable): Promise<void> {
  const count = await db.execute(
    `UPDATE mails SET status = 'DEAD', data = '{}', last_error = 'not sent within a day', ended_at = UTC_TIMESTAMP(3)
      WHERE status = 'WAITING' AND next_attempt_at < UTC_TIMESTAMP(3) - INTERVAL ${longestWaitHours} HOUR LIMIT 500`,
  );
  if (count > 0) givenUp.add(count);
}
