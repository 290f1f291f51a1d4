import { createGauge } from '@ticketing/common/telemetry';
import type { SagaContext } from './saga-context.ts';

const open = createGauge('ticketing_sagas_open', 'Sagas whose outcome is not known yet');
const oldest = createGauge('ticketing_sagas_oldest_seconds', 'Age of the oldest saga whose outcome is not known yet');

/** Notes how many sagas are open and for how long. It is a job and no part of a scrape, which must not wait for a database. */
export async function watchSagas({ db }: Pick<SagaContext, 'db'>): Promise<void> {
  const [row] = await db.query<{ count: number; age_ms: number | null }>(
    `SELECT COUNT(*) AS count, TIMESTAMPDIFF(MICROSECOND, MIN(created_at), CURRENT_TIMESTAMP(3)) DIV 1000 AS age_ms
       FROM sagas WHERE status = 'RUNNING'`,
  );
  open.record(row?.count ?? 0);
  oldest.record(Math.max(0, row?.age_ms ?? 0) / 1_000);
}
