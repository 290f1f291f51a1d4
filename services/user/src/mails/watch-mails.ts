import type { Queryable } from '@ticketing/common/database';
import { createGauge } from '@ticketing/common/telemetry';

// Of more mails that wait, those are looked at that are due first.
const watchedMails = 5_000;
const waiting = createGauge('ticketing_mails_waiting', 'Mails that are to be sent');
const oldest = createGauge('ticketing_mails_oldest_seconds', 'How long the oldest mail that is to be sent has waited');

/** Notes how many mails wait and for how long; one that the server refuses is at fault itself and has no age. */
export async function watchMails(db: Queryable): Promise<void> {
  const [row] = await db.query<{ count: number; age_ms: number | null }>(
    `SELECT COUNT(*) AS count,
            TIMESTAMPDIFF(MICROSECOND, MIN(CASE WHEN last_error LIKE 'refused:%' THEN NULL ELSE created_at END), UTC_TIMESTAMP(3)) DIV 1000 AS age_ms
       FROM (SELECT created_at, last_error FROM mails WHERE status = 'WAITING' ORDER BY next_attempt_at LIMIT ${watchedMails}) mails_waiting`,
  );
  waiting.record(row?.count ?? 0);
  oldest.record(Math.max(0, row?.age_ms ?? 0) / 1_000);
}
